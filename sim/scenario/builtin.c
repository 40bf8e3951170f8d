// SPDX-License-Identifier: GPL-2.0
// The platform files of sim/platforms, carried in the program so that a name is enough anywhere.
#include <string.h>

#include "sim/scenario/platform.h"

/* The compiler runs in the tree's root; the Makefile lists the files as prerequisites. */
#define BUILTIN(sym, file)                                                                         \
	extern const char builtin_##sym[], builtin_##sym##_end[];                                  \
	__asm__(".pushsection .rodata\n"                                                           \
		".global builtin_" #sym ", builtin_" #sym "_end\n"                                 \
		"builtin_" #sym ": .incbin \"sim/platforms/" file "\"\n"                           \
		"builtin_" #sym "_end: .byte 0\n"                                                  \
		".popsection\n")

BUILTIN(spr, "spr.yaml");
BUILTIN(spr_2s4d, "spr-2s4d.yaml");
BUILTIN(spr6438m, "spr6438m.yaml");
BUILTIN(spr_vm, "spr-vm.yaml");
BUILTIN(emr8558, "emr8558.yaml");
BUILTIN(tiny, "tiny.yaml");

static const struct {
	const char *name, *text, *end;
} builtins[] = {
	{"spr", builtin_spr, builtin_spr_end},
	{"spr-2s4d", builtin_spr_2s4d, builtin_spr_2s4d_end},
	{"spr6438m", builtin_spr6438m, builtin_spr6438m_end},
	{"spr-vm", builtin_spr_vm, builtin_spr_vm_end},
	{"emr8558", builtin_emr8558, builtin_emr8558_end},
	{"tiny", builtin_tiny, builtin_tiny_end},
};

#define BUILTINS (sizeof(builtins) / sizeof(builtins[0]))

const char *platform_builtin_name(unsigned int i)
{
	return i < BUILTINS ? builtins[i].name : NULL;
}

const char *platform_builtin_text(const char *name, size_t *len)
{
	unsigned int i;

	for (i = 0; i < BUILTINS; i++) {
		if (!strcmp(builtins[i].name, name)) {
			*len = (size_t)(builtins[i].end - builtins[i].text);
			return builtins[i].text;
		}
	}
	return NULL;
}
