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

/* The continued fraction of the incomplete beta function, by Lentz's method. */
static double fraction(double a, double b, double x)
{
	double tiny = 1e-300, c = 1, d = 1 - (a + b) * x / (a + 1), f;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	f = d;
	for (int m = 1; m < 1000; m++) {
		double terms[2] = { m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
				    -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)) };
		double before = f;

		for (int i = 0; i < 2; i++) {
			d = 1 + terms[i] * d;
			d = 1 / (fabs(d) < tiny ? tiny : d);
			c = 1 + terms[i] / c;
			c = fabs(c) < tiny ? tiny : c;
			f *= c * d;
		}
		if (fabs(f - before) < 1e-12 * fabs(f))
			break;
	}
	return f;
}

/* How much of the distribution Beta(A, B) lies below X. */
static double below(double a, double b, double x)
{
	double front;

	if (x <= 0 || x >= 1)
		return x > 0;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * fraction(a, b, x) / a;
	return 1 - front * fraction(b, a, 1 - x) / b;
}

double odds_lower(double hits, double runs, double sure)
{
	double low = 0, high = 1;

	if (hits <= 0)
		return 0;
	for (int i = 0; i < 60; i++) {
		double mid = (low + high) / 2;

		if (below(hits + 0.5, runs - hits + 0.5, mid) < 1 - sure)
			low = mid;
		else
			high = mid;
	}
	return low;
}
