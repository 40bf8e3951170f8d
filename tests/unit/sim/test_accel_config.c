// SPDX-License-Identifier: GPL-2.0
// Tests of the accel-config reader: order of writes, what is skipped, errors with JSON path.
#include <CUnit/Basic.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/rng.h"
#include "sim/scenario/accel_config.h"
#include "sim/scenario/cfg.h"

static struct accel_config *cfg;
static struct cfg_error err;

static int parse(const char *text, s32 rename, u32 version)
{
	cfg = NULL;
	err.text[0] = 0;
	return accel_config_parse(&cfg, text, strlen(text), "x.json", rename, version, &err);
}

/* The writes as "dev/attr=value " in order. */
static void list_writes(char *buf, size_t size)
{
	size_t len = 0;
	u32 i;

	buf[0] = 0;
	for (i = 0; i < cfg->nwrites; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s/%s=%s ", cfg->writes[i].dev,
					cfg->writes[i].attr, cfg->writes[i].value);
}

static const char sample[] =
	"[{\"dev\":\"dsa0\",\"read_buffer_limit\":0,\"groups\":[{\"dev\":\"group0.0\","
	"\"traffic_class_a\":1,\"tokens_allowed\":8,\"use_token_limit\":1,"
	"\"grouped_workqueues\":[{\"dev\":\"wq0.1\",\"mode\":\"dedicated\",\"size\":16,"
	"\"group_id\":0,\"type\":\"user\",\"name\":\"a\",\"threshold\":3,\"cdev_minor\":0,},"
	"{\"dev\":\"wq0.0\",\"mode\":\"shared\",\"size\":8,\"threshold\":6,"
	"\"max_transfer_size\":2147483648,\"driver_name\":\"user\"}],"
	"\"grouped_engines\":[{\"dev\":\"engine0.2\",\"group_id\":0}]}]}]";

static void test_order(void)
{
	char buf[1024];

	CU_ASSERT_EQUAL_FATAL(parse(sample, -1, 0x100), 0);
	list_writes(buf, sizeof(buf));
	CU_ASSERT_STRING_EQUAL(
		buf, "dsa0/read_buffer_limit=0 group0.0/read_buffers_allowed=8 "
		     "wq0.1/mode=dedicated wq0.1/size=16 wq0.1/group_id=0 wq0.1/type=user "
		     "wq0.1/name=a wq0.0/mode=shared wq0.0/size=8 wq0.0/threshold=6 "
		     "wq0.0/max_transfer_size=2147483648 wq0.0/driver_name=user "
		     "engine0.2/group_id=0 ");
	CU_ASSERT_EQUAL(cfg->nwqs, 2);
	CU_ASSERT_EQUAL(cfg->enable_wqs[0], 1);
	CU_ASSERT_EQUAL(cfg->enable_wqs[1], 0);
	CU_ASSERT_STRING_EQUAL(cfg->writes[3].where, "[0].groups[0].grouped_workqueues[0].size");
	CU_ASSERT_EQUAL(cfg->wqs[0].size, 16);
	CU_ASSERT_EQUAL(cfg->wqs[0].threshold, -1);
	CU_ASSERT_EQUAL(cfg->devices[0].nengines, 1);
	accel_config_free(cfg);
}

static void test_version2(void)
{
	char buf[1024];

	CU_ASSERT_EQUAL_FATAL(parse(sample, 3, 0x200), 0);
	list_writes(buf, sizeof(buf));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf, "group3.0/traffic_class_a=1 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(buf, "wq3.1/size=16 "));
	CU_ASSERT_STRING_EQUAL(cfg->devices[0].dev, "dsa3");
	accel_config_free(cfg);
}

static void test_iax_ignored(void)
{
	CU_ASSERT_EQUAL_FATAL(
		parse("[{\"dev\":\"iax1\",\"groups\":3},{\"dev\":\"dsa0\",\"sise\":1}]", -1, 0x100),
		0);
	CU_ASSERT_EQUAL(cfg->ndevices, 1);
	CU_ASSERT_EQUAL(cfg->nnotes, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(cfg->notes[0], "iax1"));
	CU_ASSERT_PTR_NOT_NULL(strstr(cfg->notes[1], "sise"));
	CU_ASSERT_EQUAL(cfg->nwrites, 0);
	accel_config_free(cfg);
}

static void test_errors(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "x.json:1: the file is empty"},
		{"[\n{\n", "x.json:3: the file ends"},
		{"[\n{\"dev\" 3}]", "x.json:2: "},
		{"{}", "x.json:1: must be an array"},
		{"[]", "no DSA device"},
		{"[3]", "x.json: [0]: must be an object"},
		{"[{\"dev\":\"dsa0\"}] x", "text behind the end"},
		{"[{}]", "x.json: [0]: 'dev' is missing"},
		{"[{\"dev\":3}]", "x.json: [0].dev: must be a string"},
		{"[{\"dev\":\"dsa\"}]", "x.json: [0].dev: 'dsa' is not of the form dsaN"},
		{"[{\"dev\":\"dsa0\"},{\"dev\":\"dsa0\"}]", "[1].dev: 'dsa0' is there twice"},
		{"[{\"dev\":\"dsa0\",\"groups\":[]}]", "[0].groups: must be an array with"},
		{"[{\"dev\":\"dsa0\",\"groups\":[{\"dev\":\"g\"}]}]",
		 "[0].groups[0].dev: 'g' is not of the form groupD.N"},
		{"[{\"dev\":\"dsa0\",\"groups\":[{\"dev\":\"group0.0\",\"tokens_reserved\":-2}]}]",
		 "[0].groups[0].tokens_reserved: -2: a group takes no negative"},
		{"[{\"dev\":\"dsa0\",\"groups\":[{\"dev\":\"group0.0\",\"grouped_workqueues\":["
		 "{\"dev\":\"wq0.0\",\"size\":\"big\"}]}]}]",
		 "[0].groups[0].grouped_workqueues[0].size: 'big' is not a whole number"},
		{"[{\"dev\":\"dsa0\",\"groups\":[{\"dev\":\"group0.0\",\"grouped_workqueues\":["
		 "{\"dev\":\"wq0.0\",\"size\":1.5}]}]}]",
		 "grouped_workqueues[0].size: must be a whole number, not 1.5"},
		{"[{\"dev\":\"dsa0\",\"groups\":[{\"dev\":\"group0.0\",\"grouped_workqueues\":["
		 "{\"dev\":\"wq0.0\",\"size\":99999999999}]}]}]",
		 "out of range"},
		{"[{\"dev\":\"dsa0\",\"groups\":[{\"dev\":\"group0.0\",\"grouped_workqueues\":["
		 "{\"dev\":\"wq0.0\",\"mode\":1}]}]}]",
		 "[0].groups[0].grouped_workqueues[0].mode: must be a string"},
		{"[{\"dev\":\"dsa0\",\"groups\":[{\"dev\":\"group0.0\",\"grouped_workqueues\":["
		 "{\"dev\":\"wq0.0\"},{\"dev\":\"wq0.0\"}]}]}]",
		 "'wq0.0' is there twice"},
	};
	u32 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = parse(cases[i].text, -1, 0x100);

		CU_ASSERT_EQUAL(rc, -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].message));
		if (!strstr(err.text, cases[i].message))
			printf("\n%s\n -> %s\n", cases[i].text, err.text);
		if (!rc)
			accel_config_free(cfg);
	}
	CU_ASSERT_EQUAL(parse("[{\"dev\":\"dsa0\"},{\"dev\":\"dsa1\"}]", 0, 0x100), -EINVAL);
}

static void test_refused(void)
{
	CU_ASSERT_EQUAL_FATAL(parse(sample, -1, 0x100), 0);
	CU_ASSERT_EQUAL(accel_config_refused(cfg, &cfg->writes[3], EINVAL, &err), -EINVAL);
	CU_ASSERT_STRING_EQUAL(err.text,
			       "x.json: [0].groups[0].grouped_workqueues[0].size: attribute 'size' "
			       "of wq0.1, value '16': EINVAL (Invalid argument)");
	accel_config_free(cfg);
}

/* The files that Debian's accel-config ships, one of them with a trailing comma. */
static void test_shipped_profiles(void)
{
	u32 i, wqs = 0;
	glob_t files;

	CU_ASSERT_EQUAL_FATAL(glob("/etc/accel-config/contrib/configs/*.conf", 0, NULL, &files), 0);
	CU_ASSERT(files.gl_pathc >= 4);
	for (i = 0; i < files.gl_pathc; i++) {
		int rc = accel_config_load(&cfg, files.gl_pathv[i], -1, 0x100, &err);

		CU_ASSERT_EQUAL(rc, 0);
		if (rc) {
			printf("\n%s\n", err.text);
			continue;
		}
		CU_ASSERT_STRING_EQUAL(cfg->devices[0].dev, "dsa0");
		CU_ASSERT(cfg->nwqs > 0 && cfg->devices[0].nengines > 0);
		CU_ASSERT_PTR_NOT_NULL(cfg->wqs[0].driver_name);
		wqs += cfg->nwqs;
		accel_config_free(cfg);
	}
	CU_ASSERT(wqs >= 9);
	globfree(&files);
}

/* Damaged files end in a message or a config, never in a crash. */
static void test_mutations(void)
{
	char text[sizeof(sample)];
	struct sim_rng rng;
	u32 i, k, errors = 0;

	sim_rng_init(&rng, 1, "accel-config");
	for (i = 0; i < 5000; i++) {
		memcpy(text, sample, sizeof(sample));
		for (k = 0; k < 1 + i % 4; k++)
			text[sim_rng_below(&rng, sizeof(sample) - 1)] =
				(char)(1 + sim_rng_below(&rng, 127));
		if (i % 5 == 0)
			text[sim_rng_below(&rng, sizeof(sample) - 1)] = 0;
		if (parse(text, -1, 0x100)) {
			errors++;
			CU_ASSERT_FATAL(!strncmp(err.text, "x.json", 6));
		} else {
			accel_config_free(cfg);
		}
	}
	CU_ASSERT(errors > 1000);
}

int main(void)
{
	CU_pSuite suite;
	unsigned int failed;

	CU_initialize_registry();
	suite = CU_add_suite("accel_config", NULL, NULL);
	CU_add_test(suite, "order of writes", test_order);
	CU_add_test(suite, "version 2 and renaming", test_version2);
	CU_add_test(suite, "iax ignored", test_iax_ignored);
	CU_add_test(suite, "errors", test_errors);
	CU_add_test(suite, "refused write", test_refused);
	CU_add_test(suite, "shipped profiles", test_shipped_profiles);
	CU_add_test(suite, "mutations", test_mutations);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
