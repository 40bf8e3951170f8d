#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Converts recordings (DIR/NAME.csv.zst) to the sample traces that samples.txt lists.
# usage: traces/make-samples.sh DSASIM DIR
set -eu
dsasim=$1 dir=$2
cd "$(dirname "$0")"
grep -v '^#' samples.txt | while read -r name records origin; do
	if [ "$records" = 0 ]; then
		"$dsasim" trace convert "$dir/$name.csv.zst" "$name.trace.zst" \
			--origin "recorded: $origin"
	else
		"$dsasim" trace convert "$dir/$name.csv.zst" "$name.trace.zst" \
			--records "$records" --origin "recorded: $origin (its beginning)"
	fi
done
