// SPDX-License-Identifier: GPL-2.0
/* The device's children: groups, engines and queues, made by the counts of its capabilities. */
#include <linux/err.h>
#include <linux/slab.h>
#include "idxd.h"

static int idxd_name_child(struct idxd_device *idxd, struct idxd_dev *dev, const char *kind, int id)
{
	return dev_set_name(&dev->conf, "%s%d.%d", kind, idxd->id, id);
}

static int idxd_new_group(struct idxd_device *idxd, int id)
{
	struct idxd_group *group = kzalloc(sizeof(*group), GFP_KERNEL);

	if (!group)
		return -ENOMEM;
	group->idxd = idxd;
	get_device(&idxd->dev.conf);
	group->id = id;
	idxd_dev_init(&group->dev, IDXD_DEV_GROUP, &idxd->dev.conf, &idxd_group_type);
	idxd->groups[id] = group;
	idxd_group_defaults(group);
	return idxd_name_child(idxd, &group->dev, "group", id);
}

static int idxd_new_engine(struct idxd_device *idxd, int id)
{
	struct idxd_engine *engine = kzalloc(sizeof(*engine), GFP_KERNEL);

	if (!engine)
		return -ENOMEM;
	engine->idxd = idxd;
	get_device(&idxd->dev.conf);
	engine->id = id;
	idxd_dev_init(&engine->dev, IDXD_DEV_ENGINE, &idxd->dev.conf, &idxd_engine_type);
	idxd->engines[id] = engine;
	return idxd_name_child(idxd, &engine->dev, "engine", id);
}

static int idxd_new_wq(struct idxd_device *idxd, int id)
{
	struct idxd_wq *wq = kzalloc(sizeof(*wq), GFP_KERNEL);

	if (!wq)
		return -ENOMEM;
	wq->idxd = idxd;
	get_device(&idxd->dev.conf);
	wq->id = id;
	wq->vector = -1;
	wq->int_handle = IDXD_HANDLE_NONE;
	mutex_init(&wq->lock);
	mutex_init(&wq->ctx_lock);
	INIT_LIST_HEAD(&wq->contexts);
	INIT_LIST_HEAD(&wq->listeners);
	init_waitqueue_head(&wq->err_queue);
	spin_lock_init(&wq->pool.lock);
	init_waitqueue_head(&wq->pool.gate_wait);
	wq->pool.closed = true;
	idxd_dev_init(&wq->dev, IDXD_DEV_WQ, &idxd->dev.conf, &idxd_wq_type);
	idxd->wqs[id] = wq;
	idxd_wq_defaults(wq);
	return idxd_name_child(idxd, &wq->dev, "wq", id);
}

/* Make every child; on failure what was made is gone again. */
int idxd_alloc_objects(struct idxd_device *idxd)
{
	int rc = 0;
	u32 i;

	idxd->groups = kcalloc(idxd->max_groups, sizeof(*idxd->groups), GFP_KERNEL);
	idxd->engines = kcalloc(idxd->max_engines, sizeof(*idxd->engines), GFP_KERNEL);
	idxd->wqs = kcalloc(idxd->max_wqs, sizeof(*idxd->wqs), GFP_KERNEL);
	if (!idxd->groups || !idxd->engines || !idxd->wqs)
		rc = -ENOMEM;
	for (i = 0; !rc && i < idxd->max_groups; i++)
		rc = idxd_new_group(idxd, i);
	for (i = 0; !rc && i < idxd->max_engines; i++)
		rc = idxd_new_engine(idxd, i);
	for (i = 0; !rc && i < idxd->max_wqs; i++)
		rc = idxd_new_wq(idxd, i);
	if (rc)
		idxd_free_objects(idxd);
	return rc;
}

/*
 * Drop the children. One that is still referenced, as by an open file, lives
 * on and keeps the device's own object alive.
 */
void idxd_free_objects(struct idxd_device *idxd)
{
	u32 i;

	for (i = 0; idxd->wqs && i < idxd->max_wqs; i++)
		if (idxd->wqs[i])
			put_device(&idxd->wqs[i]->dev.conf);
	for (i = 0; idxd->engines && i < idxd->max_engines; i++)
		if (idxd->engines[i])
			put_device(&idxd->engines[i]->dev.conf);
	for (i = 0; idxd->groups && i < idxd->max_groups; i++)
		if (idxd->groups[i])
			put_device(&idxd->groups[i]->dev.conf);
}

/* Show the device and its children on the bus. */
int idxd_add_devices(struct idxd_device *idxd)
{
	u32 i, wqs = 0, engines = 0, groups = 0;
	int rc = idxd_dev_add(&idxd->dev);

	if (rc)
		return rc;
	for (i = 0; !rc && i < idxd->max_groups; i++, groups += !rc)
		rc = idxd_dev_add(&idxd->groups[i]->dev);
	for (i = 0; !rc && i < idxd->max_engines; i++, engines += !rc)
		rc = idxd_dev_add(&idxd->engines[i]->dev);
	for (i = 0; !rc && i < idxd->max_wqs; i++, wqs += !rc)
		rc = idxd_dev_add(&idxd->wqs[i]->dev);
	if (!rc)
		return 0;
	while (wqs)
		device_del(&idxd->wqs[--wqs]->dev.conf);
	while (engines)
		device_del(&idxd->engines[--engines]->dev.conf);
	while (groups)
		device_del(&idxd->groups[--groups]->dev.conf);
	device_del(&idxd->dev.conf);
	return rc;
}

void idxd_del_devices(struct idxd_device *idxd)
{
	u32 i;

	/* Unbinding the device unbinds its queues first. */
	device_release_driver(&idxd->dev.conf);
	for (i = 0; i < idxd->max_wqs; i++)
		device_del(&idxd->wqs[i]->dev.conf);
	for (i = 0; i < idxd->max_engines; i++)
		device_del(&idxd->engines[i]->dev.conf);
	for (i = 0; i < idxd->max_groups; i++)
		device_del(&idxd->groups[i]->dev.conf);
	device_del(&idxd->dev.conf);
}
