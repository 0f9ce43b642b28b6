/*---
description = "Share of all third-year pupils of a leerweg with a site that offers a profile in that leerweg within 10 km of their home postcode, as the crow flies (table B3.6 of the monitor). Cost: a distance for each pair of a home postcode and a postcode with a site, never of a pupil and a site; with 4,064 postcodes in the list of places and at most 675 with a vmbo site that is 2.7 million pairs, of which 34,000 lie within 10 km"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "binnen_10km", "leerlingen", "aandeel"] },
  { expression = "binnen_10km + zonder_plaats <= leerlingen" },
  { name = "leerlingen_hebben_een_plaats", expression = "zonder_plaats = 0", severity = "warning" },
  { name = "vestigingen_hebben_een_plaats", expression = "vestigingen_zonder_plaats = 0", severity = "warning" },
]

[inputs]
"core.inschrijving" = "same"

# zonder_plaats is the same for every profile of a leerweg. Beside leerlingen and binnen_10km it would tell how many live
# beyond 10 km, in each: so it is withheld in all of them where that is few in one.
[disclosure]
unpublished = ["zonder_plaats_geteld", "buiten_10km"]

[[disclosure.counts]]
column = "zonder_plaats_geteld"
blank = "zonder_plaats"

[[disclosure.counts]]
column = "buiten_10km"
blank = "zonder_plaats"

[[disclosure.shares]]
share = "aandeel"
numerator = "binnen_10km"
denominator = "leerlingen"
extremes = "show"

[[disclosure.units]]
column = "vestigingen"
min = 1

[[disclosure.units]]
column = "vestigingen_zonder_plaats"
min = 1

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "bl, kl or gl"
profiel = "Profile"
sector = "techniek or niet-techniek"
binnen_10km = "Pupils of the leerweg, in whatever profile, with such a site at most 10 km from the middle of their postcode"
leerlingen = "All pupils of the leerweg, those in afdelingsvakken and routes too; a pupil at two sites counts once"
zonder_plaats = "Of leerlingen: pupils whose postcode is unknown or has no place; they count in the denominator and not as within 10 km"
aandeel = "Share of binnen_10km in leerlingen, percent"
vestigingen = "Sites that offer the profile in the leerweg: at least one third-year pupil"
vestigingen_zonder_plaats = "Of vestigingen: sites that are not in the list of sites, or whose postcode has no place; they are near nobody"
zonder_plaats_geteld = "As zonder_plaats, which is withheld by it; not published"
buiten_10km = "Pupils of the leerweg known to live farther than 10 km from such a site, of the profile where these are the fewest but not none; not published"
---*/
with profielen as (
    select distinct profiel, sector
    from ref.profielen
    where herkomst = 'monitor'
), personen as (
    select schooljaar, leerweg, persoon, max(pc4) as pc4
    from core.inschrijving
    where leerjaar = 3
      and leerweg in ('bl', 'kl', 'gl')
    group by schooljaar, leerweg, persoon
), woonplaatsen as (
    select schooljaar, leerweg, pc4, count(*) as leerlingen
    from personen
    group by schooljaar, leerweg, pc4
), leerwegen as (
    select
        w.schooljaar,
        w.leerweg,
        sum(w.leerlingen) as leerlingen,
        sum(case when p.pc4 is null then w.leerlingen else 0 end) as zonder_plaats
    from woonplaatsen w
    left join core.pc4 p on p.pc4 = w.pc4
    group by w.schooljaar, w.leerweg
), aanbod as (
    select distinct i.schooljaar, i.leerweg, i.profiel, i.vestiging, p.pc4
    from core.inschrijving i
    left join staging.duo_vestigingen v on v.vestiging = i.vestiging
    left join core.pc4 p on p.pc4 = v.pc4
    where i.leerjaar = 3
      and i.leerweg in ('bl', 'kl', 'gl')
), vestigingen as (
    select
        schooljaar,
        leerweg,
        profiel,
        count(*) as vestigingen,
        count(*) - count(pc4) as zonder_plaats
    from aanbod
    group by schooljaar, leerweg, profiel
), schoolplaatsen as (
    select distinct schooljaar, leerweg, profiel, pc4
    from aanbod
    where pc4 is not null
), paren as (
    select w.pc4 as woonplaats, s.pc4 as schoolplaats
    from (select p.* from core.pc4 p join (select distinct pc4 from woonplaatsen) d on d.pc4 = p.pc4) w
    cross join (select p.* from core.pc4 p join (select distinct pc4 from schoolplaatsen) d on d.pc4 = p.pc4) s
    where afstand_km(w.breedtegraad, w.lengtegraad, s.breedtegraad, s.lengtegraad) <= 10
), bereikt as (
    select distinct s.schooljaar, s.leerweg, s.profiel, p.woonplaats
    from schoolplaatsen s
    join paren p on p.schoolplaats = s.pc4
), geteld as (
    select b.schooljaar, b.leerweg, b.profiel, sum(w.leerlingen) as binnen_10km
    from bereikt b
    join woonplaatsen w on w.schooljaar = b.schooljaar and w.leerweg = b.leerweg and w.pc4 = b.woonplaats
    group by b.schooljaar, b.leerweg, b.profiel
)
select
    l.schooljaar,
    l.leerweg,
    p.profiel,
    p.sector,
    coalesce(g.binnen_10km, 0) as binnen_10km,
    l.leerlingen,
    l.zonder_plaats,
    100.0 * coalesce(g.binnen_10km, 0) / l.leerlingen as aandeel,
    coalesce(v.vestigingen, 0) as vestigingen,
    coalesce(v.zonder_plaats, 0) as vestigingen_zonder_plaats,
    l.zonder_plaats as zonder_plaats_geteld,
    coalesce(
        min(nullif(l.leerlingen - l.zonder_plaats - coalesce(g.binnen_10km, 0), 0))
            over (partition by l.schooljaar, l.leerweg),
        0
    ) as buiten_10km
from leerwegen l
cross join profielen p
left join geteld g on g.schooljaar = l.schooljaar and g.leerweg = l.leerweg and g.profiel = p.profiel
left join vestigingen v on v.schooljaar = l.schooljaar and v.leerweg = l.leerweg and v.profiel = p.profiel
