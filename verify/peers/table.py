"""table.py RESULTS [PEER...]: what was measured beside what is wanted, as a markdown table.

For each figure the newest session of Holdfast, the local disk measured beside it, and the best of the
other file systems, whose newest sessions are compared by their ratio to the local disk of their own
session. Compare only figures of one machine, measured one after the other.
"""

import glob
import os
import sys
from statistics import median

# figure, what it is, what is wanted: (at least or at most, what, unit); several must all hold
#   of disk: times the local disk; of peers: times the best peer; else a figure
WANTED = [
    ("write512", "write 512 MiB, fsync, close", [("≥", 0.8, "of disk"), ("≥", 1, "of peers")]),
    ("read512-cold", "cold read 512 MiB", [("≥", 2, "of peers")]),
    ("read512-warm", "warm read", [("≥", 1, "of disk")]),
    ("untar", "untar 5,000 small files", [("≥", 1000, "files/s"), ("≥", 2.5, "of peers")]),
    ("cat-cold", "cat of the tree, cold", [("≥", 3000, "files/s")]),
    ("cat-warm", "cat of the tree, warm", [("≥", 13000, "files/s")]),
    ("ls-cold", "`ls -lR` cold", [("≥", 10000, "entries/s")]),
    ("ls-warm", "`ls -lR` warm", [("≥", 45000, "entries/s")]),
    ("rm-rf", "`rm -rf`", [("≥", 2000, "files/s")]),
    ("rewrite4k", "rewrite 4 KiB in 512 MiB, close", []),
    ("rewrite4k-fsync", "rewrite 4 KiB in 512 MiB, fsync, close", [("≤", 0.030, "s")]),
    ("append", "open, append 100 bytes, close", [("≥", 1000, "ops/s")]),
    ("visible-overwrite", "overwrite on A seen on B after close", [("≤", 1, "ms")]),
    ("visible-new", "new file on A seen on B", [("≤", 1, "ms")]),
]
OURS = "holdfast"


def sessions(results):
    """The newest session of each file system: {name: {label: {figure: (unit, median or None)}}}"""
    newest = {}
    for path in sorted(glob.glob(results + "/*.tsv")):
        newest[os.path.basename(path)[:-4].split("-", 2)[2]] = path
    return {name: _figures(path) for name, path in newest.items()}


def _figures(path):
    values = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            label, figure, _, value, unit, *_ = line.rstrip("\n").split("\t")
            values.setdefault(label, {}).setdefault(figure, (unit, []))[1].append(value)
    return {
        label: {figure: (unit, _median(all_of_it)) for figure, (unit, all_of_it) in figures.items()}
        for label, figures in values.items()}


def _median(values):
    """None where one of them is only a bound or failed."""
    try:
        return median(float(value) for value in values)
    except ValueError:
        return None


def measured(session, name, figure):
    """(unit, value, ratio to the disk of its session), served figures before others."""
    figures = session.get(name, {})
    unit, value = figures.get(figure + "-served") or figures.get(figure) or ("", None)
    around = [session.get("ext4-" + when, {}).get(figure, ("", None))[1]
              for when in ("before", "after")]
    disk = sum(around) / 2 if None not in around else None
    return unit, value, disk, value / disk if value is not None and disk else None


def shown(value):
    if value is None:
        return "–"
    return "{:,.0f}".format(value) if abs(value) >= 100 else "%.3g" % value


def main(results, chosen):
    all_sessions = sessions(results)
    if OURS not in all_sessions:
        sys.exit("table.py: no session of %s in %s" % (OURS, results))
    peers = [name for name in chosen or all_sessions if name not in (OURS, "ext4")]
    print("| work | unit | ext4 | best peer (of ext4) | ours (of ext4) | wanted | |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for figure, work, wanted in WANTED:
        unit, ours, disk, ratio = measured(all_sessions[OURS], OURS, figure)
        faster = max if unit.endswith("/s") else min
        of_peers = [(r, v, name) for name in peers
                    for _, v, _, r in [measured(all_sessions[name], name, figure)]
                    if r is not None]
        best = faster(of_peers) if of_peers else None
        print("| %s | %s | %s | %s | %s | %s | %s |" % (
            work, unit, shown(disk),
            "%s %s (%s)" % (best[2], shown(best[1]), shown(best[0])) if best else "–",
            "%s (%s)" % (shown(ours), shown(ratio)),
            "; ".join("%s %s %s" % (how, shown(what), of) for how, what, of in wanted),
            judged(ours, ratio, best, wanted)))


def judged(ours, ratio, best, wanted):
    """met, missed, or what can't be said."""
    if ours is None:
        return "not measured"
    answers = []
    for how, what, of in wanted:
        if of == "of disk":
            value = ratio
        elif of == "of peers":
            value = ratio / best[0] if best and ratio is not None else None
        else:
            value = ours
        if value is None:
            return "nothing to compare with"
        answers.append(value >= what if how == "≥" else value <= what)
    return "" if not answers else "met" if all(answers) else "**missed**"


main(sys.argv[1], sys.argv[2:])
