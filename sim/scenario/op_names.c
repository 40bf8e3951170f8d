// SPDX-License-Identifier: GPL-2.0
// The names of the operations, as scenarios, traces and reports write them.
#include <string.h>

#include "sim/scenario/op_names.h"

/* Opcodes of DSA 1.x; others are written as numbers. */
static const struct {
	u8 code;
	const char *name;
} ops[] = {
	{0x03, "memmove"},     {0x04, "memfill"},    {0x05, "compare"},	  {0x06, "compval"},
	{0x01, "batch"},       {0x00, "noop"},	     {0x02, "drain"},	  {0x07, "delta_create"},
	{0x08, "delta_apply"}, {0x09, "dualcast"},   {0x10, "crc_gen"},	  {0x11, "copy_crc"},
	{0x12, "dif_check"},   {0x13, "dif_insert"}, {0x14, "dif_strip"}, {0x15, "dif_update"},
	{0x20, "cache_flush"},
};

#define OPS (sizeof(ops) / sizeof(ops[0]))

const char *op_name(u8 op)
{
	size_t i;

	for (i = 0; i < OPS; i++) {
		if (ops[i].code == op)
			return ops[i].name;
	}
	return NULL;
}

int op_code(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < OPS; i++) {
		if (strlen(ops[i].name) == len && !memcmp(ops[i].name, name, len))
			return ops[i].code;
	}
	return -1;
}
