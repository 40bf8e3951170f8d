/* SPDX-License-Identifier: GPL-2.0 */
/* What the driver's cmd_status attribute means. */
#ifndef SIM_CMD_STATUS_H
#define SIM_CMD_STATUS_H

/* In words why the last command or bind failed, from the attribute's text; NULL: not known. */
const char *cmd_status_text(const char *value);

#endif
