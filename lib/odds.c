// SPDX-License-Identifier: GPL-2.0-or-later
#include "odds.h"

#include <math.h>

void odds_interval(double hits, double runs, double *low, double *high)
{
	double p = hits / runs, z = 1.96, mid = p + z * z / (2 * runs),
	       half = z * sqrt(p * (1 - p) / runs + z * z / (4 * runs * runs)),
	       all = 1 + z * z / runs;

	*low = fmax(0, (mid - half) / all);
	*high = fmin(1, (mid + half) / all);
}
