/*---
description = "Share of girls among fourth-year pupils of bl, kl and gl who go on to a technical mbo programme, by profile (table B3.20 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "meisjes", "onbekend", "leerlingen"] },
  { expression = "meisjes + onbekend <= leerlingen" },
]

[inputs]
"core.vervolg" = "same"

# onbekend may be withheld; then it must not follow from the rest. Numerator and share would give the known, and those
# beside leerlingen the unknown: the numerator is withheld with onbekend. The share alone, to one decimal, may still fit
# no other number of unknown below 6, the minimum for DUO: then it is withheld too.
[disclosure]
unpublished = ["teller", "bekend", "verraden"]

[[disclosure.shares]]
share = ["aandeel", "meisjes"]
numerator = "teller"
denominator = "bekend"

[[disclosure.shares]]
share = "meisjes"
numerator = "onbekend"
denominator = "leerlingen"
extremes = "show"

[[disclosure.counts]]
column = "verraden"
blank = ["aandeel", "meisjes"]

[columns]
schooljaar = "School year of the fourth year"
profiel = "Profile"
sector = "techniek or niet-techniek"
meisjes = "Girls"
onbekend = "Pupils whose sex is unknown"
bekend = "Pupils whose sex is known: the denominator; not published"
leerlingen = "Pupils who are in an mbo programme with the techniek-indicatie on the next 1 October, each counted once; those whose sex is unknown too"
aandeel = "Share of girls among the pupils whose sex is known, percent, one decimal; null where it is known of nobody"
teller = "As meisjes, which is withheld by it; not published"
verraden = "onbekend where aandeel and leerlingen would tell it, else 0; not published"
---*/
with geteld as (
    select
        schooljaar,
        profiel,
        sector,
        count(case when geslacht = 'VROUW' then 1 end) as teller,
        count(*) - count(geslacht) as onbekend,
        count(geslacht) as bekend,
        count(*) as leerlingen,
        round(
            100.0 * count(case when geslacht = 'VROUW' then 1 end) / nullif(count(geslacht), 0), 1
        ) as aandeel
    from core.vervolg
    where leerweg in ('bl', 'kl', 'gl')
      and sector in ('techniek', 'niet-techniek')
      and techniek
    group by schooljaar, profiel, sector
), ook_mogelijk as (
    select distinct g.schooljaar, g.profiel
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
    g.profiel,
    g.sector,
    g.teller as meisjes,
    g.onbekend,
    g.bekend,
    g.leerlingen,
    g.aandeel,
    g.teller,
    case when m.schooljaar is null then g.onbekend else 0 end as verraden
from geteld g
left join ook_mogelijk m on m.schooljaar = g.schooljaar and m.profiel = g.profiel
