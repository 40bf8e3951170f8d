// SPDX-License-Identifier: GPL-2.0
// Messages of devices.
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/printk.h>

static __printf(2, 3) void print_level(int level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk_level(level, fmt, args);
	va_end(args);
}

static void emit(int level, const struct device *dev, struct va_format *vaf)
{
	if (dev)
		print_level(level - '0', "%s %s: %pV", dev_driver_string(dev), dev_name(dev), vaf);
	else
		print_level(level - '0', "(NULL device *): %pV", vaf);
}

void dev_printk_level(char level, const struct device *dev, const char *fmt, ...)
{
	struct va_format vaf = {.fmt = fmt};
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	emit(level, dev, &vaf);
	va_end(args);
}

int dev_err_probe(const struct device *dev, int err, const char *fmt, ...)
{
	struct va_format vaf = {.fmt = fmt};
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	if (err != -EPROBE_DEFER)
		dev_err(dev, "error %d: %pV", err, &vaf);
	va_end(args);
	return err;
}
