// SPDX-License-Identifier: GPL-2.0
#include "model.h"
#include "report/html_curve.h"
#include "report/html_text.h"
#include "report/units.h"

#define BAR_WIDTH	7
#define BAR_HEIGHT	28

/* "at least 8 ms, less than 16 ms: 12" */
static void put_bar_title(FILE *out, const struct site *site, unsigned int i)
{
	char from[UNITS_LEN], to[UNITS_LEN];

	fputs("<title>", out);
	if (i)
		fprintf(out, "at least %s",
			units_ms(from, hold_bucket_start(i)));
	if (i && i < HOLD_BUCKETS - 1)
		fputs(", ", out);
	if (i < HOLD_BUCKETS - 1)
		fprintf(out, "less than %s",
			units_ms(to, hold_bucket_start(i + 1)));
	fprintf(out, ": %llu</title>", (unsigned long long)site->hold_ms[i]);
}

/**
 * html_hold_bars() - draw how long the pins of a site were held
 * @out: the file
 * @site: the site
 */
void html_hold_bars(FILE *out, const struct site *site)
{
	uint64_t most = 1;
	unsigned int i;

	for (i = 0; i < HOLD_BUCKETS; i++) {
		if (site->hold_ms[i] > most)
			most = site->hold_ms[i];
	}

	fprintf(out, "<svg width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"hold times\">",
		HOLD_BUCKETS * BAR_WIDTH, BAR_HEIGHT);
	for (i = 0; i < HOLD_BUCKETS; i++) {
		double height = 1;
		/* Something is to be seen of even one. */
		if (site->hold_ms[i])
			height = 2 + (BAR_HEIGHT - 2.0) * site->hold_ms[i] / most;

		fprintf(out,
			"<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\">",
			site->hold_ms[i] ? "bar" : "back", i * BAR_WIDTH,
			BAR_HEIGHT - height, BAR_WIDTH - 1, height);
		put_bar_title(out, site, i);
		fputs("</rect>", out);
	}
	fputs("</svg>", out);
}

/* Of the drawing, and of the part that has the curve. */
#define WIDTH	960
#define HEIGHT	220
#define LEFT	70
#define RIGHT	950
#define TOP	12
#define BOTTOM	190

struct scale {
	uint64_t ms, pins;
};

static double x_of(const struct scale *scale, uint64_t ms)
{
	return LEFT + (double)(RIGHT - LEFT) * ms / scale->ms;
}

static double y_of(const struct scale *scale, uint64_t pins)
{
	return BOTTOM - (double)(BOTTOM - TOP) * pins / scale->pins;
}

static void put_axes(FILE *out, const struct scale *scale)
{
	char text[UNITS_LEN];
	unsigned int i;

	for (i = 0; i <= 2; i++) {
		uint64_t pins = scale->pins * i / 2;
		double y = y_of(scale, pins);

		fprintf(out,
			"<path class=\"axis\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
			LEFT, y, RIGHT, LEFT - 8, y + 4,
			units_number(text, pins));
	}
	for (i = 0; i <= 4; i++) {
		uint64_t ms = scale->ms * i / 4;

		fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>\n",
			x_of(scale, ms), BOTTOM + 18,
			i == 4 ? "end" : i ? "middle" : "start",
			units_ms(text, ms));
	}
}

/* Steps: what is held stays so until the next moment. */
static void put_path(FILE *out, const struct report *r,
		     const struct scale *scale)
{
	size_t i;

	fprintf(out, "M%.1f %.1f", x_of(scale, r->moments[0].ms),
		y_of(scale, r->moments[0].pins));
	for (i = 1; i < r->nr_moments; i++)
		fprintf(out, "H%.1fV%.1f", x_of(scale, r->moments[i].ms),
			y_of(scale, r->moments[i].pins));
}

/**
 * html_curve() - draw how many pins were held over time
 * @out: the file
 * @r: the report; nothing is printed if it has no moments
 */
void html_curve(FILE *out, const struct report *r)
{
	struct scale scale = { .ms = 1, .pins = 1 };
	size_t i;

	if (!r->nr_moments)
		return;
	for (i = 0; i < r->nr_moments; i++) {
		if (r->moments[i].pins > scale.pins)
			scale.pins = r->moments[i].pins;
		if (r->moments[i].ms > scale.ms)
			scale.ms = r->moments[i].ms;
	}

	fprintf(out,
		"<h2>Pins held over time</h2>\n<div class=\"wide\"><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"pins held over time\">\n",
		WIDTH, HEIGHT);
	put_axes(out, &scale);
	fputs("<path class=\"area\" d=\"", out);
	put_path(out, r, &scale);
	fprintf(out, "V%dH%.1fZ\"/>\n<path class=\"curve\" d=\"", BOTTOM,
		x_of(&scale, r->moments[0].ms));
	put_path(out, r, &scale);
	fputs("\"/>\n</svg></div>\n", out);
}
