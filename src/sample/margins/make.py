#!/usr/bin/env python3
"""Works out the margins of the sample from the printed tables, so that whole persons can meet them.

    python3 src/sample/margins/make.py

Reads config/reference/published/, writes the .csv files beside this script. Where a table prints rounded percentages,
whole numbers are chosen that round to them; where it prints nothing, a guess in proportion. Every table is checked
against what was chosen; a cell that no whole number rounds to is told.
"""
import csv
import itertools
import math
from pathlib import Path

HERE = Path(__file__).parent
PUBLISHED = HERE.parents[2] / "config/reference/published"
TECHNICAL = ["BWI", "MaT", "MVI", "M&T", "PIE"]
OTHERS = ["D&P", "E&O", "Groen", "HBR", "Z&W"]
PROFILES = TECHNICAL + OTHERS
TRACKS = ["bl", "kl", "gl"]
ENDS = ["naar mbo bol", "naar mbo bbl", "naar havo/vwo", "blijft in vmbo", "naar overig"]
# Moved within its rounding, so that the share of the total rounds to what is printed (B3.17, 2021/2022: 29.9%).
OFF = {(2021, "MVI"): -4}
# Of the profiles that B3.18 does not print.
USUAL = {"bl": [57, 31, 0, 6, 6], "kl": [75, 20, 0, 2, 3], "gl": [80, 8, 8, 2, 2]}


def read(name):
    with open(PUBLISHED / f"{name}.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(name, header, rows):
    with open(HERE / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def year(text):
    return int(text[:4])


def rounds_to(count, of, printed, decimals):
    """Whether the share rounds to what is printed, with nothing to spare for how halves are rounded."""
    return abs(100 * count / of - printed) < 0.5 * 10**-decimals - 1e-9


def nearest(of, printed, decimals, what):
    guess = round(of * printed / 100)
    for step in range(3):
        for count in (guess - step, guess + step):
            if 0 <= count <= of and rounds_to(count, of, printed, decimals):
                return count
    if what:
        print(f"no whole number of {of} rounds to {printed}%: {what}")
    return guess


def among_known(of, printed, what):
    """A count and how many are unknown: some printed shares are no share of all pupils of the cell, so of fewer."""
    for unknown in range(of // 3):
        count = nearest(of - unknown, printed, 1, None)
        if rounds_to(count, of - unknown, printed, 1):
            return count, unknown
    print(f"no whole number of at most {of} rounds to {printed}%: {what}")
    return nearest(of, printed, 1, None), 0


def third_years():
    girls = {(r["schooljaar"], r["leerweg"], r["profiel"]): float(r["vrouw_pct"]) for r in read("b3_13_aandeel_vrouw")}
    migrants = {
        (r["schooljaar"], r["leerweg"], r["profiel"]): float(r["migratieachtergrond_pct"])
        for r in read("b3_14_aandeel_migratieachtergrond")
    }
    cells = {}
    for row in read("b3_12_leerlingen_leerjaar3"):
        if row["leerweg"] not in TRACKS or row["profiel"] not in PROFILES:
            continue
        key = (row["schooljaar"], row["leerweg"], row["profiel"])
        count = int(row["leerlingen"])
        cells[year(key[0]), key[1], key[2]] = (
            count,
            *among_known(count, girls[key], f"B3.13 {key}"),
            *among_known(count, migrants[key], f"B3.14 {key}"),
        )
    rows = [(*key, *value) for key, value in sorted(cells.items())]
    for row in read("b3_12_totalen"):
        if row["rij"].startswith("afdelingsvakken"):
            count = int(row["waarde"])
            rows.append((year(row["schooljaar"]), "bl", "geen profiel", count, count // 3, 0, count // 4, 0))
    header = ["jaar", "leerweg", "profiel", "leerlingen", "meisjes", "geslacht_onbekend", "migratieachtergrond", "herkomst_onbekend"]
    write("derdejaars", header, rows)
    return cells


def ends_of(count, printed):
    """Whole numbers for the ends of `count` pupils: bounds of each, or none when they cannot add up."""
    low, high = [], []
    for percent in printed:
        if percent is None:
            low.append(0)
            high.append(0)
            continue
        fits = [n for n in range(max(0, math.floor(count * (percent - 0.6) / 100)), math.ceil(count * (percent + 0.6) / 100) + 1)
                if n <= count and rounds_to(n, count, percent, 0)]
        # A printed nought is a few, a blank is none.
        fits = [n for n in fits if n > 0 or percent == 0]
        if not fits:
            return None
        low.append(fits[0])
        high.append(fits[-1])
    return (low, high) if sum(low) <= count <= sum(high) else None


def mbo_range(count, bounds):
    low, high = bounds
    return max(low[0] + low[1], count - sum(high[2:])), min(high[0] + high[1], count - sum(low[2:]))


def spread(total, low, high, wanted):
    """Whole numbers between bounds that add up to `total`, near what is wanted."""
    out = [min(max(round(w), a), b) for w, a, b in zip(wanted, low, high)]
    while sum(out) != total:
        step = 1 if sum(out) < total else -1
        room = [i for i in range(len(out)) if low[i] <= out[i] + step <= high[i]]
        best = min(room, key=lambda i: abs(out[i] + step - wanted[i]) / (1 + wanted[i]))
        out[best] += step
    return out


def sites():
    rows = [(year(r["schooljaar"]), r["profiel"], r["vestigingen"], r["waarvan_buiten_sto"]) for r in read("b3_5_vestigingen")]
    # Not printed: sites of the other profiles.
    for when in range(2018, 2024):
        rows += [(when, p, n, 4) for p, n in zip(OTHERS, (310, 245, 185, 170, 340))]
    write("vestigingen", ["jaar", "profiel", "vestigingen", "buiten_regio"], sorted(rows))
    shares = [(r["leerweg"], r["profiel"], r["pct"]) for r in read("b3_5_aandeel_vestigingen_per_leerweg")]
    for p in OTHERS:
        shares += [("bl", p, 93), ("kl", p, 95), ("gl", p, 80 if p == "D&P" else 45)]
    write("vestigingen_per_leerweg", ["leerweg", "profiel", "pct"], sorted(shares))


def destinations(third):
    printed = {}
    for row in read("b3_18_vervolg_na_leerjaar_4"):
        value = None if row["pct"] == "" else float(row["pct"])
        printed.setdefault((row["schooljaar"], row["profiel"], row["leerweg"]), {})[row["bestemming"]] = value
    rows, fourth = [], {}
    for row in read("b3_19_doorstroom_mbo_techniek"):
        profile, total, when = row["profiel"], int(row["doorstroom_mbo"]), row["schooljaar"]
        shares = {}
        for track in TRACKS:
            usual = dict(zip(ENDS, USUAL[track]))
            cell = printed.get((when, profile, track), {k: v or None for k, v in usual.items()})
            shares[track] = [cell.get(end) for end in ENDS]
        before = {track: third[year(when) - 1, track, profile][0] for track in TRACKS}
        to_mbo = {t: ((shares[t][0] or 0) + (shares[t][1] or 0)) / sum(p or 0 for p in shares[t]) for t in TRACKS}
        rate = total / sum(before[t] * to_mbo[t] for t in TRACKS)
        found = None
        options = {}
        for track in TRACKS:
            middle = round(before[track] * rate)
            options[track] = []
            # MaT is so small that few numbers of pupils fit its percentages.
            reach = middle // 2 if profile == "MaT" else 4
            for count in sorted(range(max(1, middle - reach), middle + reach + 1), key=lambda n: abs(n - middle)):
                bounds = ends_of(count, shares[track])
                if bounds:
                    options[track].append((count, bounds, mbo_range(count, bounds)))
            if not options[track]:
                print(f"B3.18 {when} {profile} {track}: no number near {middle} fits {shares[track]}")
                bounds = ([0] * 5, [middle] * 5)
                options[track] = [(middle, bounds, (0, middle))]
        best = sorted(itertools.product(*options.values()), key=lambda c: sum(abs(n - before[t] * rate) for t, (n, _, _) in zip(TRACKS, c)))
        for choice in best:
            if sum(r[0] for _, _, r in choice) <= total <= sum(r[1] for _, _, r in choice):
                found = choice
                break
        if not found:
            print(f"B3.19 {when} {profile}: {total} to mbo does not fit B3.18")
            found = best[0]
        wanted = [n * to_mbo[t] for t, (n, _, _) in zip(TRACKS, found)]
        to = spread(total, [r[0] for *_, r in found], [r[1] for *_, r in found], wanted)
        for track, (count, (low, high), _), mbo in zip(TRACKS, found, to):
            goal = [count * (p or 0) / sum(q or 0 for q in shares[track]) for p in shares[track]]
            first = spread(mbo, low[:2], high[:2], goal[:2])
            rest = spread(count - mbo, low[2:], high[2:], goal[2:])
            fourth[year(when), track, profile] = count
            rows.append((year(when), track, profile, *first, *rest))
    write("vervolg", ["jaar", "leerweg", "profiel", "mbo_bol", "mbo_bbl", "havo_vwo", "vmbo", "overig"], rows)
    return fourth


def technical_mbo():
    girls = {(r["schooljaar"], r["profiel"]): float(r["meisjes_pct"]) for r in read("b3_20_meisjes_technisch_mbo")}
    migrants = {(r["schooljaar"], r["profiel"]): r for r in read("b3_21_migratieachtergrond_technisch_mbo")}
    rows = []
    for row in read("b3_19_doorstroom_mbo_techniek"):
        key, total, percent = (row["schooljaar"], row["profiel"]), int(row["doorstroom_mbo"]), float(row["pct_techniek"])
        column = [name for name in migrants[key] if name.endswith("_pct")][0]
        wanted = (girls[key], float(migrants[key][column]))
        middle = round(total * percent / 100)
        fits = []
        for count in range(max(1, middle - total // 150 - 2), middle + total // 150 + 3):
            if not rounds_to(count, total, percent, 0):
                continue
            pair = [round(count * w / 100) for w in wanted]
            if all(rounds_to(n, count, w, 1) for n, w in zip(pair, wanted)):
                fits.append((abs(count - middle), count, pair))
        if not fits:
            print(f"B3.20/B3.21 {key}: no number of technical students near {middle} fits {wanted}")
            fits = [(0, middle, [round(middle * w / 100) for w in wanted])]
        _, count, pair = min(fits)
        rows.append((year(key[0]), key[1], count, *pair))
    write("technisch_mbo", ["jaar", "profiel", "techniek", "meisjes", "migratieachtergrond"], rows)


def fit(rows, columns, seed, low=None, high=None):
    """Iterative proportional fitting, then whole numbers that keep both margins."""
    table = [line[:] for line in seed]
    for _ in range(3000):
        for i, goal in enumerate(rows):
            have = sum(table[i])
            if have:
                table[i] = [v * goal / have for v in table[i]]
        for j, goal in enumerate(columns):
            have = sum(line[j] for line in table)
            if have:
                for line in table:
                    line[j] *= goal / have
    return whole(table, rows, columns)


def whole(table, rows, columns):
    """Controlled rounding: floors, then ones along alternating paths until both margins hold."""
    out = [[math.floor(v + 1e-9) for v in line] for line in table]
    need_rows = [goal - sum(line) for goal, line in zip(rows, out)]
    need_columns = [goal - sum(line[j] for line in out) for j, goal in enumerate(columns)]
    cells = sorted(
        ((i, j) for i in range(len(rows)) for j in range(len(columns)) if seedable(table, i, j)),
        key=lambda c: -(table[c[0]][c[1]] - out[c[0]][c[1]]),
    )
    for i, j in cells:
        if need_rows[i] > 0 and need_columns[j] > 0:
            out[i][j] += 1
            need_rows[i] -= 1
            need_columns[j] -= 1
    # What is left goes by way of a third cell.
    while any(need_rows):
        i = next(k for k, n in enumerate(need_rows) if n)
        j = next(k for k, n in enumerate(need_columns) if n)
        step = 1 if need_rows[i] > 0 else -1
        done = False
        for a in range(len(rows)):
            for b in range(len(columns)):
                if seedable(table, i, b) and seedable(table, a, b) and seedable(table, a, j) and out[a][b] - step >= 0 and (a, b) != (i, j) and out[a][b] > 0 and out[i][b] + step >= 0 and out[a][j] + step >= 0:
                    out[i][b] += step
                    out[a][b] -= step
                    out[a][j] += step
                    done = True
                    break
            if done:
                break
        if not done:
            raise SystemExit("no whole numbers keep both margins")
        need_rows[i] -= step
        need_columns[j] -= step
    return out


def within(table, seed, limits):
    """Moves ones round squares of four cells, which keeps both margins, until every cell is within its limits."""
    size = range(len(table))

    def off(cells):
        return sum(max(limits[i][j][0] - table[i][j], table[i][j] - limits[i][j][1], 0) for i, j in cells)

    squares = [
        [(i, j), (i, b), (a, j), (a, b)]
        for i, a in itertools.permutations(size, 2)
        for j, b in itertools.permutations(size, 2)
        if seed[i][j] and seed[i][b] and seed[a][j] and seed[a][b]
    ]
    better = True
    while better:
        better = False
        for square in squares:
            before = off(square)
            signs = [1, -1, -1, 1]
            if not before or any(table[i][j] + s < 1 for (i, j), s in zip(square, signs)):
                continue
            for (i, j), s in zip(square, signs):
                table[i][j] += s
            if off(square) < before:
                better = True
            else:
                for (i, j), s in zip(square, signs):
                    table[i][j] -= s
    return table


def seedable(table, i, j):
    return table[i][j] > 0


def exams(fourth):
    percent = {(r["aanbiedend_profiel"], r["profiel_leerling"]): r["pct"] for r in read("b3_9_verdeling_examens")}
    offered = {r["aanbiedend_profiel"]: r for r in read("b3_7_examens_naar_aanbiedend_profiel")}
    enrolled = {r["profiel"]: r for r in read("b3_8_examens_naar_profiel_van_inschrijving")}
    last = {}
    for profile in TECHNICAL:
        last[profile, profile] = int(offered[profile]["door_eigen_profiel"])
    share = lambda row, column: {"": 0.0, "0": 0.2}.get(percent[row, column], float(percent[row, column] or 0))
    # Technical pupils in technical subjects: the diagonal is printed, the rest is fitted.
    seed = [[0 if r == c else share(r, c) * int(enrolled[c]["totaal_2022_2023"]) for c in TECHNICAL] for r in TECHNICAL]
    rows = [int(offered[r]["door_techniek"]) - last[r, r] for r in TECHNICAL]
    columns = [int(enrolled[c]["in_technische"]) - last[c, c] for c in TECHNICAL]
    limits = [[bounds(percent[r, c], int(enrolled[c]["totaal_2022_2023"])) for c in TECHNICAL] for r in TECHNICAL]
    for r, line in zip(TECHNICAL, within(fit(rows, columns, seed), seed, limits)):
        for c, count in zip(TECHNICAL, line):
            if r != c:
                last[r, c] = count
    # Technical pupils in other subjects: only columns are printed.
    for c in TECHNICAL:
        total = int(enrolled[c]["in_niet_technische"])
        weights = [share(r, c) for r in OTHERS]
        wanted = [total * w / sum(weights) for w in weights]
        counts = spread(total, [1 if percent[r, c] != "" else 0 for r in OTHERS], [total if percent[r, c] != "" else 0 for r in OTHERS], wanted)
        for r, count in zip(OTHERS, counts):
            last[r, c] = count
    # Other pupils: rows of technical subjects are printed, and the share of technical subjects in all exams (28.2%).
    everything = round(49070 / 0.282)
    others = everything - sum(int(r["totaal_2022_2023"]) for r in enrolled.values() if r["profiel"] in TECHNICAL)
    totals = other_totals(percent, offered, fourth, others)
    seed = [[share(r, c) * totals[c] for c in OTHERS] for r in TECHNICAL]
    rows = [int(offered[r]["door_niet_techniek"]) for r in TECHNICAL]
    bounded = bounded_fit(rows, seed, [[bounds(percent[r, c], totals[c]) for c in OTHERS] for r in TECHNICAL])
    for r, line in zip(TECHNICAL, bounded):
        for c, count in zip(OTHERS, line):
            last[r, c] = count
    for c in OTHERS:
        left = totals[c] - sum(last[r, c] for r in TECHNICAL)
        wanted = [share(r, c) for r in OTHERS]
        wanted = [left * w / sum(wanted) for w in wanted]
        low, high = zip(*(bounds(percent[r, c], totals[c]) for r in OTHERS))
        for r, count in zip(OTHERS, spread(left, low, high, wanted)):
            last[r, c] = count
    check_exams(last, percent, offered, enrolled)
    table = {(2022, r, c): n for (r, c), n in last.items()}
    earlier_exams(table, last, offered, enrolled, fourth)
    write("examens", ["jaar", "aanbiedend_profiel", "profiel", "examens"], [(*k, n) for k, n in sorted(table.items()) if n])


def bounds(percent, total):
    """Whole numbers of which the share of `total` rounds to what is printed; a blank is none, a nought a few."""
    if percent == "":
        return 0, 0
    p = float(percent)
    return max(1, math.floor((p - 0.5) / 100 * total) + 1), math.ceil((p + 0.5) / 100 * total) - 1


def other_totals(percent, offered, fourth, others):
    """Exams of each other profile: in proportion to pupils, moved until the technical rows can be met."""
    size = {c: sum(fourth[2022, t, c] * {"bl": 4, "kl": 4, "gl": 2}[t] for t in TRACKS) for c in OTHERS}
    totals = {c: others * size[c] / sum(size.values()) for c in OTHERS}
    for _ in range(4000):
        worst, sign = 0, None
        for r in TECHNICAL:
            goal = int(offered[r]["door_niet_techniek"])
            low = sum(bounds(percent[r, c], totals[c])[0] for c in OTHERS)
            high = sum(bounds(percent[r, c], totals[c])[1] for c in OTHERS)
            gap = (low - goal) / goal if goal < low else (high - goal) / goal if goal > high else 0
            if abs(gap) > abs(worst):
                worst, sign = gap, r
        if not worst:
            break
        for c in OTHERS:
            weight = float(percent[sign, c] or 0) / 5
            totals[c] *= 1 - 0.01 * (1 if worst > 0 else -1) * min(weight, 1)
        scale = others / sum(totals.values())
        totals = {c: v * scale for c, v in totals.items()}
    return {c: round(v) for c, v in totals.items()}


def bounded_fit(rows, seed, limits):
    out = []
    for goal, line, limit in zip(rows, seed, limits):
        low, high = zip(*limit)
        if not sum(low) <= goal <= sum(high):
            print(f"B3.7/B3.9: {goal} is not within {sum(low)} and {sum(high)}")
            low, high = [0] * len(line), [goal] * len(line)
        scale = goal / sum(line)
        out.append(spread(goal, low, high, [v * scale for v in line]))
    return out


def check_exams(last, percent, offered, enrolled):
    for c in PROFILES:
        total = sum(last[r, c] for r in PROFILES)
        for r in PROFILES:
            low, high = bounds(percent[r, c], total)
            if not low <= last[r, c] <= high:
                print(f"B3.9 {r} by {c}: {last[r, c]} of {total} is {100 * last[r, c] / total:.2f}%, printed {percent[r, c]!r}")
    for p in TECHNICAL:
        assert sum(last[p, c] for c in PROFILES) == int(offered[p]["totaal_2022_2023"])
        assert sum(last[r, p] for r in PROFILES) == int(enrolled[p]["totaal_2022_2023"])


def earlier_exams(table, last, offered, enrolled, fourth):
    for row in read("b3_17_examens_technische_keuzevakken"):
        when, r = year(row["schooljaar"]), row["aanbiedend_profiel"]
        if when == 2022 or r not in TECHNICAL:
            continue
        total = int(row["examens"])
        other = nearest(total, float(row["pct_niet_techniek"]), 1, f"B3.17 {when} {r}") + OFF.get((when, r), 0)
        for group, count in ((TECHNICAL, total - other), (OTHERS, other)):
            wanted = [last[r, c] * fourth_of(fourth, when, c) / fourth_of(fourth, 2022, c) for c in group]
            wanted = [count * w / sum(wanted) for w in wanted]
            for c, n in zip(group, spread(count, [0] * len(group), [count] * len(group), wanted)):
                table[when, r, c] = n
    for when in (2019, 2020, 2021):
        for c in PROFILES:
            technical = sum(table[when, r, c] for r in TECHNICAL)
            total = round(sum(last[r, c] for r in PROFILES) * fourth_of(fourth, when, c) / fourth_of(fourth, 2022, c))
            if when == 2021 and c in TECHNICAL:
                total = int(enrolled[c]["totaal_2021_2022"])
            rest = max(total - technical, 0)
            if total < technical:
                print(f"B3.8 {when} {c}: {technical} technical exams of {total}")
            weights = [last[r, c] for r in OTHERS]
            wanted = [rest * w / sum(weights) for w in weights]
            for r, n in zip(OTHERS, spread(rest, [0] * 5, [rest] * 5, wanted)):
                table[when, r, c] = n


def fourth_of(fourth, when, profile):
    return sum(fourth[when, t, profile] for t in TRACKS)


def former_pupils():
    """Shares of the survey, a line for each sector and track: its statements in the order of the report."""
    shares = {}
    for row in read("b3_10_b3_11_oordeel_oud_leerlingen"):
        key = year(row["diplomajaar"]), row["sector"], row["leerweg"]
        shares.setdefault(key, {})[row["stelling"]] = row["pct_positief"]
    names = ["aantrekkelijk", "actueel", "uitdagend", "basis_kiezen", "basis_volgen", "aansluiting"]
    assert all(len(row) == len(names) for row in shares.values())
    rows = [(*key, *row.values()) for key, row in shares.items()]
    write("oud_leerlingen", ["jaar", "sector", "leerweg", *names], rows)


def main():
    third = third_years()
    fourth = destinations(third)
    former_pupils()
    sites()
    technical_mbo()
    exams(fourth)
    worst = sorted((fourth[y, t, p] / third[y - 1, t, p][0], y, t, p) for y, t, p in fourth)
    print("fourth years over third years of the year before:", worst[:3], worst[-3:])


if __name__ == "__main__":
    main()
