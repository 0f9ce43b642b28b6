/*---
description = "Share of pupils with a migration background among fourth-year pupils of bl, kl and gl who go on to a technical mbo programme, by profile (table B3.21 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "met_migratieachtergrond", "onbekend", "leerlingen"] },
  { expression = "met_migratieachtergrond + onbekend <= leerlingen" },
]

[inputs]
"core.vervolg" = "same"

[disclosure]
count = ["onbekend", "leerlingen"]
unpublished = "bekend"

[[disclosure.shares]]
share = "aandeel"
numerator = "met_migratieachtergrond"
denominator = "bekend"

[columns]
schooljaar = "School year of the fourth year"
profiel = "Profile"
sector = "techniek or niet-techniek"
met_migratieachtergrond = "Pupils born abroad or with a parent born abroad"
onbekend = "Pupils of whom it is unknown"
bekend = "Pupils of whom it is known: the denominator; not published"
leerlingen = "Pupils who are in an mbo programme with the techniek-indicatie on the next 1 October, each counted once; those of whom it is unknown too"
aandeel = "Share of met_migratieachtergrond among the pupils of whom it is known, percent; null where it is known of nobody"
---*/
select
    schooljaar,
    profiel,
    sector,
    count(case when migratieachtergrond in ('1', '2') then 1 end) as met_migratieachtergrond,
    count(case when migratieachtergrond is null then 1 end) as onbekend,
    count(migratieachtergrond) as bekend,
    count(*) as leerlingen,
    100.0 * count(case when migratieachtergrond in ('1', '2') then 1 end) / nullif(count(migratieachtergrond), 0) as aandeel
from core.vervolg
where leerweg in ('bl', 'kl', 'gl')
  and sector in ('techniek', 'niet-techniek')
  and techniek
group by schooljaar, profiel, sector
