// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what all pages look like.
 */
#include <string.h>

#include "report/html_page.h"
#include "report/html_text.h"
#include "report/units.h"

static const char * const style[] = {
	":root{color-scheme:light dark;--fg:#1c2430;--dim:#5c6675;--bg:#fbfbfa;--card:#fff;--line:#dcdfe4;--bar:#3a6ea5;--bad:#a8321f;--badbg:#fbeeeb;--soft:#f1f3f5}",
	"@media(prefers-color-scheme:dark){:root{--fg:#dde3ea;--dim:#98a3b1;--bg:#14181d;--card:#1b2027;--line:#323a45;--bar:#6fa3dc;--bad:#f08a76;--badbg:#34201d;--soft:#222932}}",
	"*{box-sizing:border-box}",
	"body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,'DejaVu Sans',sans-serif}",
	"main,header{max-width:76rem;margin:0 auto;padding:0 1.5rem}",
	"header{padding-top:2rem}",
	"h1{margin:0;font-size:1.6rem}",
	"h2{margin:2.5rem 0 .75rem;font-size:1.15rem}",
	"p{margin:.25rem 0 .75rem}",
	".dim{color:var(--dim)}",
	"code,pre,td.n{font-family:ui-monospace,'DejaVu Sans Mono',monospace;font-size:.86em}",
	"code{overflow-wrap:anywhere}",
	"nav{margin-top:.75rem}",
	"nav a{margin-right:1.25rem}",
	"a{color:var(--bar)}",
	".cards{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.25rem 0}",
	".card{flex:1 1 9rem;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.6rem .9rem}",
	".card b{display:block;font-size:1.5rem;font-weight:600}",
	".card.bad{border-color:var(--bad);background:var(--badbg)}",
	".bad b,.bad>summary b,td.bad{color:var(--bad)}",
	".wide{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:6px}",
	"table{border-collapse:collapse;width:100%}",
	"th,td{padding:.35rem .75rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}",
	"tr:last-child td{border-bottom:0}",
	"th{font-weight:600;color:var(--dim);background:var(--soft);white-space:nowrap}",
	".n{text-align:right;white-space:nowrap}",
	"td:first-child{min-width:20rem}",
	".banner{border:2px solid var(--bad);background:var(--badbg);border-radius:6px;padding:.5rem .9rem;font-weight:600}",
	"@media(max-width:70rem){th,td{padding:.35rem .45rem}td:first-child{min-width:16rem}}",
	".flags{white-space:nowrap}",
	/* The name has a line of its own, and numbers share the next one. */
	"@media screen and (max-width:45rem){main,header{padding:0 .6rem}tr{display:flex;flex-wrap:wrap;border-bottom:1px solid var(--line)}th,td{flex:1 1 0;min-width:0;padding:.2rem .3rem;border:0;white-space:normal;font-size:.8em}th,th.n{white-space:normal;font-size:.7em}.flags{white-space:normal;overflow-wrap:anywhere}td:first-child,th:first-child{flex:1 0 100%;min-width:0;font-size:1em}td>svg{max-width:100%}}",
	"details{background:var(--card);border:1px solid var(--line);border-radius:6px;margin:.5rem 0}",
	"details.bad{border-left:4px solid var(--bad)}",
	"summary{padding:.5rem .9rem;cursor:pointer}",
	".in{padding:0 .9rem .75rem;border-top:1px solid var(--line)}",
	".in dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.6rem 0}",
	"dt{color:var(--dim)}",
	"dd{margin:0}",
	".stacks{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr))}",
	"h3{margin:.25rem 0;font-size:.9rem;color:var(--dim);font-weight:600}",
	"pre{margin:0;padding:.5rem .7rem;background:var(--soft);border-radius:4px;white-space:pre-wrap;overflow-wrap:anywhere}",
	".keys{columns:15rem;column-gap:2rem;list-style:none;margin:0;padding:0}",
	".keys li{break-inside:avoid;overflow-wrap:anywhere}",
	".keys b{font-weight:600}",
	"svg{display:block}",
	".wide>svg{min-width:48rem}",
	"svg .bar{fill:var(--bar)}",
	"svg .back{fill:var(--soft)}",
	"svg .axis{stroke:var(--line);fill:none}",
	"svg .curve{stroke:var(--bar);fill:none;stroke-width:1.5;stroke-linejoin:round}",
	"svg .area{fill:var(--bar);opacity:.15}",
	"svg text{fill:var(--dim);font-size:13px}",
	"footer{margin:3rem 0 2rem;color:var(--dim);font-size:.86em}",
	/* Paper does not scroll. */
	"@media print{details,tr{break-inside:avoid}h2,tr:first-child{break-after:avoid}main,header{max-width:none;padding:0}.wide{overflow:visible}.wide>svg{min-width:0}table{font-size:.75em}th,td{padding:.2rem .35rem}th{white-space:normal}td:first-child{min-width:0}svg{max-width:100%}}",
};

/**
 * html_begin() - print what is before the header of a page
 * @out: the file
 * @title: what its title begins with
 * @name: and ends with
 */
void html_begin(FILE *out, const char *title, const char *name)
{
	size_t i;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n", out);
	fputs("<meta charset=\"utf-8\">\n", out);
	fputs("<meta name=\"viewport\" content=\"width=device-width\">\n", out);
	/* Whatever a name may contain, nothing is loaded or run. */
	fputs("<meta http-equiv=\"Content-Security-Policy\"", out);
	fputs(" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
	      out);
	fprintf(out, "<title>%s", title);
	html_escape(out, name);
	fputs("</title>\n<style>\n", out);
	for (i = 0; i < sizeof(style) / sizeof(*style); i++)
		fprintf(out, "%s\n", style[i]);
	fputs("</style>\n</head>\n<body>\n", out);
}

/**
 * html_table() - begin a table
 * @out: the file
 * @name: what it is called for those who do not see it
 * @titles: with | between them; # makes a column of numbers
 *
 * It may be wider than the window: then keys move it, too. "</table></div>" ends it.
 */
void html_table(FILE *out, const char *name, const char *titles)
{
	fprintf(out,
		"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table>\n<tr>",
		name);
	for (;;) {
		int len = strcspn(titles, "|");
		bool number = *titles == '#';

		fprintf(out, "<th scope=\"col\"%s>%.*s</th>", number ? " class=\"n\"" : "",
			len - number, titles + number);
		titles += len;
		if (!*titles)
			break;
		titles++;
	}
	fputs("</tr>\n", out);
}

/**
 * html_card() - print a number that is to be seen first
 * @out: the file
 * @what: what there are so many of
 * @more: what comes behind that if there is more than one
 * @number: how many
 * @bad: is that bad?
 */
void html_card(FILE *out, const char *what, const char *more, uint64_t number,
	       bool bad)
{
	char text[UNITS_LEN];

	fprintf(out, "<div class=\"card%s\"><b>%s</b> %s%s</div>\n",
		bad ? " bad" : "", units_number(text, number), what,
		number == 1 ? "" : more);
}

/**
 * html_end() - print what is behind all in a page
 * @out: the file
 */
void html_end(FILE *out)
{
	fputs("<footer>Made by gup-mirror " VERSION ".</footer>\n</main>\n</body>\n</html>\n",
	      out);
}
