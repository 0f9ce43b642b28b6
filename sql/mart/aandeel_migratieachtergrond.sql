/*---
description = "Share of third-year vmbo pupils with a migration background by leerweg and profile (table B3.14 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "met_migratieachtergrond", "onbekend", "leerlingen"] },
  { expression = "met_migratieachtergrond + onbekend <= leerlingen" },
]

[inputs]
"core.inschrijving" = "same"

# onbekend may be withheld; then it must not follow from the rest. Numerator and share would give the known, and those
# beside leerlingen the unknown: the numerator is withheld with onbekend. The share alone, to one decimal, may still fit
# no other number of unknown below 6, the minimum for DUO: then it is withheld too.
[disclosure]
unpublished = ["teller", "bekend", "verraden"]

[[disclosure.shares]]
share = ["aandeel", "met_migratieachtergrond"]
numerator = "teller"
denominator = "bekend"

[[disclosure.shares]]
share = "met_migratieachtergrond"
numerator = "onbekend"
denominator = "leerlingen"
extremes = "show"

[[disclosure.counts]]
column = "verraden"
blank = ["aandeel", "met_migratieachtergrond"]

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "bl, kl or gl"
profiel = "Profile"
sector = "techniek or niet-techniek"
met_migratieachtergrond = "Pupils born abroad or with a parent born abroad"
onbekend = "Pupils of whom it is unknown"
bekend = "Pupils of whom it is known: the denominator; not published"
leerlingen = "All pupils, those of whom it is unknown too; a pupil at two sites counts once"
aandeel = "Share of met_migratieachtergrond among the pupils of whom it is known, percent, one decimal; null where it is known of nobody"
teller = "As met_migratieachtergrond, which is withheld by it; not published"
verraden = "onbekend where aandeel and leerlingen would tell it, else 0; not published"
---*/
with personen as (
    select
        schooljaar,
        leerweg,
        profiel,
        sector,
        persoon,
        max(migratieachtergrond) as migratieachtergrond
    from core.inschrijving
    where leerjaar = 3
      and leerweg in ('bl', 'kl', 'gl')
      and sector in ('techniek', 'niet-techniek')
    group by schooljaar, leerweg, profiel, sector, persoon
), geteld as (
    select
        schooljaar,
        leerweg,
        profiel,
        sector,
        count(case when migratieachtergrond in ('1', '2') then 1 end) as teller,
        count(case when migratieachtergrond is null then 1 end) as onbekend,
        count(migratieachtergrond) as bekend,
        count(*) as leerlingen,
        round(
            100.0 * count(case when migratieachtergrond in ('1', '2') then 1 end)
                / nullif(count(migratieachtergrond), 0),
            1
        ) as aandeel
    from personen
    group by schooljaar, leerweg, profiel, sector
), ook_mogelijk as (
    select distinct g.schooljaar, g.leerweg, g.profiel
    from geteld g
    cross join (values (1), (2), (3), (4), (5)) as k (onbekend)
    where k.onbekend <> g.onbekend
      and k.onbekend < g.leerlingen
      and round(
          100.0 * round(g.aandeel / 100 * (g.leerlingen - k.onbekend)) / (g.leerlingen - k.onbekend), 1
      ) = g.aandeel
)
select
    g.schooljaar,
    g.leerweg,
    g.profiel,
    g.sector,
    g.teller as met_migratieachtergrond,
    g.onbekend,
    g.bekend,
    g.leerlingen,
    g.aandeel,
    g.teller,
    case when m.schooljaar is null then g.onbekend else 0 end as verraden
from geteld g
left join ook_mogelijk m on m.schooljaar = g.schooljaar and m.leerweg = g.leerweg and m.profiel = g.profiel
