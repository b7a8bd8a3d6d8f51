// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit test of the boot parameter.
 */

#include <kunit/test.h>

#include "kunit.h"

static void test_parameter(struct kunit *test)
{
	const struct gup_mirror_config start = {
		.mode = GUP_MIRROR_MODE_OFF, .stacks = true, .repair = true,
	};
	struct gup_mirror_config config = start;
	char all[] = "all,fault=panic,nostacks,norepair,puts,files,dma";
	char last[] = "pin,off,fault=panic,fault=report";
	char bad[] = "alll,,fault,norepair,pin";
	char empty[] = "";

	gup_mirror_parse(all, &config);
	KUNIT_EXPECT_EQ(test, config.mode, GUP_MIRROR_MODE_ALL);
	KUNIT_EXPECT_TRUE(test, config.panic);
	KUNIT_EXPECT_FALSE(test, config.stacks);
	KUNIT_EXPECT_FALSE(test, config.repair);
	KUNIT_EXPECT_TRUE(test, config.puts);
	KUNIT_EXPECT_TRUE(test, config.files);
	KUNIT_EXPECT_TRUE(test, config.dma);

	/* The last word on a matter counts. */
	config = start;
	gup_mirror_parse(last, &config);
	KUNIT_EXPECT_EQ(test, config.mode, GUP_MIRROR_MODE_OFF);
	KUNIT_EXPECT_FALSE(test, config.panic);

	/* Bad words are ignored, good ones among them are not. */
	config = start;
	gup_mirror_parse(bad, &config);
	KUNIT_EXPECT_EQ(test, config.mode, GUP_MIRROR_MODE_PIN);
	KUNIT_EXPECT_FALSE(test, config.panic);
	KUNIT_EXPECT_TRUE(test, config.stacks);
	KUNIT_EXPECT_FALSE(test, config.repair);

	config = start;
	gup_mirror_parse(empty, &config);
	KUNIT_EXPECT_MEMEQ(test, &config, &start, sizeof(config));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_parameter),
	{}
};

/* It needs no layer that is on. */
static struct kunit_suite config_suite = {
	.name = "gup_mirror_parameter",
	.test_cases = cases,
};

kunit_test_suite(config_suite);
