# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion of lostwrite: verbs, options, programs.
function __lostwrite_verb
    set -l words (commandline -opc)
    test (count $words) -ge 2; and echo $words[2]
end
complete -c lostwrite -n 'test -z (__lostwrite_verb)' -f -a '(LOSTWRITE_COMPLETE=verbs lostwrite 2>/dev/null) help'
complete -c lostwrite -n 'test -n (__lostwrite_verb)' -a '(LOSTWRITE_COMPLETE=options lostwrite (__lostwrite_verb) 2>/dev/null)'
complete -c lostwrite -n 'contains -- (__lostwrite_verb) run' -f -a 'quick full nightly'
complete -c lostwrite -n 'contains -- (__lostwrite_verb) describe shrink inline' -a '(LOSTWRITE_COMPLETE=programs lostwrite 2>/dev/null)'
complete -c lostwrite -l match -x -a '(LOSTWRITE_COMPLETE=programs lostwrite 2>/dev/null)'
