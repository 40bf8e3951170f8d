// SPDX-License-Identifier: GPL-2.0
// Seeded defects: each is found, and nothing is where there is none.
#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#include "model/spec/defects.h"
#include "tests/unit/sim/attack_world.h"
#include "tests/unit/sim/defect_life.h"
#include "tests/unit/sim/doc_table.h"

#define DOC "docs/defects.md"

#define BIT(d) (1ull << DEFECT_##d)

typedef void life_fn(u64 seeded, struct findings *f);

/* In which life it shows; some need another defect beside them. */
static const struct defect_row {
	life_fn *life;
	u64 with;
} rows[DEFECT_COUNT] = {
	[DEFECT_VECTOR0_LOST] = {life_of_guests, 0},
	[DEFECT_SWERR_NOT_VALID] = {life_of_guests, 0},
	[DEFECT_IMS_NEVER_FREED] = {life_of_guests, 0},
	[DEFECT_MASK_OFFSET] = {life_of_guests, 0},
	[DEFECT_RELEASE_LIES] = {life_of_guests, 0},
	[DEFECT_PERM_RESERVED] = {life_of_guests, 0},
	[DEFECT_DMA_BEFORE_QUEUE] = {life_of_guests, 0},
	[DEFECT_MEMORY_BEFORE_QUEUE] = {life_of_guests, 0},
	[DEFECT_SLOT_BEFORE_QUEUE] = {life_of_guests, 0},
	[DEFECT_QUEUE_KEEPS_PASID] = {life_of_guests, 0},
	[DEFECT_PORTAL_AFTER_QUEUE] = {life_revoked, 0},
	[DEFECT_UNMAP_NO_WAIT] = {life_revoked, 0},
	[DEFECT_NO_PASID_FLUSH] = {life_of_guests, 0},
	[DEFECT_NO_IOTLB_FLUSH] = {life_of_guests, 0},
	[DEFECT_NO_DEVTLB_FLUSH] = {life_of_guests, 0},
	/* Only traffic can refill a cache that was emptied too early. */
	[DEFECT_FLUSH_ORDER] = {life_of_guests, BIT(DMA_BEFORE_QUEUE)},
	[DEFECT_IRQ_INFO_FAILS] = {life_of_guests, 0},
	[DEFECT_WQ_LOCK_LEAK] = {life_refused, 0},
	[DEFECT_PASID_NO_KICK] = {life_of_submitter, 0},
	[DEFECT_DVSEC_UNREACHABLE] = {life_of_share, 0},
	[DEFECT_REVOKED_EARLY] = {life_of_share, 0},
	[DEFECT_SWQ_PORTAL_LIVE] = {life_of_share, 0},
	[DEFECT_PAUSED_DROPS] = {life_of_share, 0},
	[DEFECT_NO_PRQ_DRAIN] = {life_of_process, 0},
	[DEFECT_GUEST_FLUSH_LOST] = {life_of_program, 0},
	[DEFECT_PAIR_STAYS] = {life_of_program, 0},
};

static const char *const words[] = {
#define D(name, word, what) word,
	SPEC_DEFECTS(D)
#undef D
};
static const char *const meanings[] = {
#define D(name, word, what) what,
	SPEC_DEFECTS(D)
#undef D
};

static void look(u32 defect, struct findings *f)
{
	memset(f, 0, sizeof(*f));
	if (rows[defect].life)
		rows[defect].life(1ull << defect | rows[defect].with, f);
}

static void test_none(void)
{
	static life_fn *const lives[] = {life_of_guests, life_revoked,	  life_of_process,
					 life_of_share,	 life_of_program, life_of_submitter,
					 life_refused};
	static struct findings f;
	u32 i, n;

	for (i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		memset(&f, 0, sizeof(f));
		lives[i](0, &f);
		for (n = 0; n < f.n && n < FINDINGS_MAX; n++)
			fprintf(stderr, "life %u: %s\n", i, f.text[n]);
		CU_ASSERT_EQUAL(f.n, 0);
	}
}

static void test_each(void)
{
	static struct findings f;
	u32 i, n;

	for (i = 0; i < DEFECT_COUNT; i++) {
		look(i, &f);
		printf("%s:\n", words[i]);
		for (n = 0; n < f.n && n < FINDINGS_MAX; n++)
			printf("    %s\n", f.text[n]);
		CU_ASSERT(f.n || !rows[i].life);
	}
}

/* ---- the page ---- */

static void table(FILE *out)
{
	static struct findings f;
	u32 i;

	fprintf(out, "| defect | what it does | what caught it |\n|---|---|---|\n");
	for (i = 0; i < DEFECT_COUNT; i++) {
		look(i, &f);
		fprintf(out, "| `%s`%s%s%s | %s | %s |\n", words[i], rows[i].with ? " with `" : "",
			rows[i].with ? words[__builtin_ctzll(rows[i].with)] : "",
			rows[i].with ? "`" : "", meanings[i],
			rows[i].life ? f.text[0] : "(the code that it is in is not there yet)");
	}
}

static void test_page(void)
{
	CU_ASSERT(doc_table_current(DOC, "defects", table));
}

int main(int argc, char **argv)
{
	CU_pSuite s;
	int failed;

	if (argc == 2 && !strcmp(argv[1], "--write-docs"))
		return !doc_table_write(DOC, "defects", table);
	CU_initialize_registry();
	s = CU_add_suite("defects", NULL, NULL);
	CU_add_test(s, "nothing is found where there is none", test_none);
	CU_add_test(s, "each is found", test_each);
	CU_add_test(s, "the page has them all", test_page);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
