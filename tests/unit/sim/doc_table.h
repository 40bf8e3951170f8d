/* SPDX-License-Identifier: GPL-2.0 */
/* A page of docs/ with a table that a test makes: writing it, and holding it current. */
#ifndef TESTS_DOC_TABLE_H
#define TESTS_DOC_TABLE_H

#include <stdbool.h>
#include <stdio.h>

/* The lines between <!-- begin NAME: ... --> and <!-- end NAME --> of @page are what @make says. */
bool doc_table_current(const char *page, const char *name, void (*make)(FILE *out));
/* Makes them so. False: no such page or place. */
bool doc_table_write(const char *page, const char *name, void (*make)(FILE *out));

#endif
