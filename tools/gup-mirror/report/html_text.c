// SPDX-License-Identifier: GPL-2.0
#include "report/html_text.h"

/**
 * html_escape() - print text that means nothing to a browser
 * @out: the file
 * @text: the text, in UTF-8
 */
void html_escape(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}
