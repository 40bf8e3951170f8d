// SPDX-License-Identifier: GPL-2.0
// Entry point: picks the subcommand.
#include <stdio.h>

int main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fprintf(stderr, "dsasim: no subcommand yet\n");
	return 2;
}
