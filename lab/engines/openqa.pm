# SPDX-License-Identifier: GPL-2.0-or-later
# Summary: openQA test module: lostwrite, installed on the system under test, and its KTAP.
use Mojo::Base 'opensusebasetest';
use testapi;
use serial_terminal 'select_serial_terminal';
use Utils::Logging 'export_logs_basic';

sub run {
    select_serial_terminal;
    my $profile = get_var('LOSTWRITE_PROFILE', 'full');
    my $match   = get_var('LOSTWRITE_MATCH',   '*');
    # Its exit status is in the results; 1200 s is more than full takes.
    script_run("lostwrite run $profile --match '$match' --results /tmp/lostwrite", timeout => 1200);
    parse_extra_log(KTAP => '/tmp/lostwrite/latest/results.ktap');
    upload_logs('/tmp/lostwrite/latest/report.html');
}

sub post_fail_hook { export_logs_basic; }

1;
