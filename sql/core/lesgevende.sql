/*---
description = "Who teaches a subject of a profile (table B4.1 of the monitor) in bl, kl or gl on 1 October, with hours, fte and personal characteristics; whoever teaches in two profiles has two rows"
owner = "onderwijsdata"
grain = ["schooljaar", "persoon", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "uren", "uren_bevoegd", "uren_totaal", "bevoegd", "opleidingsniveau", "opleidingsrichting", "geeft_avo", "geeft_overig"] },
  { accepted = { column = "sector", values = ["techniek", "niet-techniek"] } },
  { accepted = { column = "opleidingsniveau", values = ["lager", "mbo", "hbo", "wo", "onbekend"] } },
  { accepted = { column = "opleidingsrichting", values = ["lerarenopleiding", "overige onderwijsopleiding", "andere opleiding", "onbekend"] } },
  { expression = "uren > 0 and uren_bevoegd <= uren and uren <= uren_totaal" },
  { name = "met_betrekking", not_null = ["deeltijdfactor"], severity = "warning" },
]

[inputs]
"staging.ipto_lessen" = "same"
"staging.duo_personeel" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
persoon = "Pseudonym of the teacher"
profiel = "Profile of the subjects taught"
sector = "techniek or niet-techniek"
uren = "Hours a week taught in the profile, in bl, kl and gl; ICT-route counts for MVI and for D&P"
uren_bevoegd = "Those of uren for which the teacher is qualified (bevoegdheid 1)"
uren_totaal = "All hours a week the teacher teaches, at any school, in any track and subject"
deeltijdfactor = "Part-time factor, fte: the sizes of all employments together, at any school and in any function; null without an employment"
fte = "Share of the taught hours that is in the profile, times the part-time factor; null without an employment"
bevoegd = "Whether more than half of the hours in the profile are taught qualified"
functiegroep = "Kind of job of the largest employment: onderwijsgevend, ondersteunend, directie or beheer; null without an employment"
ondersteunend = "Whether functiegroep is ondersteunend; null without an employment"
vast = "Whether the largest employment is permanent (aard 1); null without an employment"
geslacht = "MAN, VROUW or ONBEKEND; null without an employment"
leeftijd = "Age on 1 October, years; null where not known"
gekoppeld = "Whether the teacher has a number of CBS that is nobody else's"
opleidingsniveau = "Highest education in the newest file of CBS: lager, mbo, hbo, wo or onbekend"
opleidingsrichting = "Its field: lerarenopleiding, overige onderwijsopleiding, andere opleiding or onbekend"
geeft_avo = "Whether the teacher also teaches a general subject (table B4.2) in bl, kl or gl"
geeft_overig = "Whether the teacher also teaches another subject (table B4.3) in bl, kl or gl"
---*/
-- The largest employment is that with the largest size; of equal ones the permanent one, then by school and number.
-- A lesson of no hours is not taught.
with lessen as (
    select
        l.schooljaar,
        l.persoon,
        l.uren,
        l.bevoegdheid,
        g.groep,
        g.profiel
    from staging.ipto_lessen l
    join ref.vakgroepen g on g.vakcode = l.vakcode
    where l.leerweg in ('bl', 'kl', 'gl')
      and l.uren > 0
), per_profiel as (
    select
        schooljaar,
        persoon,
        profiel,
        sum(uren) as uren,
        sum(case when bevoegdheid = 1 then uren else 0 end) as uren_bevoegd
    from lessen
    where groep = 'profiel'
    group by schooljaar, persoon, profiel
), ook as (
    select
        schooljaar,
        persoon,
        bool_or(groep = 'avo') as geeft_avo,
        bool_or(groep = 'overig') as geeft_overig
    from lessen
    group by schooljaar, persoon
), alle_lessen as (
    select schooljaar, persoon, sum(uren) as uren_totaal
    from staging.ipto_lessen
    group by schooljaar, persoon
), betrekkingen as (
    select
        schooljaar,
        persoon,
        functiegroep,
        aard,
        geslacht,
        leeftijd,
        sum(betrekkingsomvang) over (partition by schooljaar, persoon) as deeltijdfactor,
        row_number() over (
            partition by schooljaar, persoon
            order by betrekkingsomvang desc, aard, brin, volgnummer
        ) as nummer
    from staging.duo_personeel
), cbs as (
    select l.persoon, h.niveau, h.richting
    from (select distinct persoon from per_profiel) l
    join core.persoon k on k.persoon = l.persoon
    left join (
        select rin, niveau, richting
        from staging.cbs_hoogsteopl
        where jaar = (select max(jaar) from staging.cbs_hoogsteopl)
    ) h on h.rin = k.rin
)
select
    p.schooljaar,
    p.persoon,
    p.profiel,
    s.sector,
    p.uren,
    p.uren_bevoegd,
    a.uren_totaal,
    b.deeltijdfactor,
    -- six decimals, so that sums do not depend on the order of their terms
    cast(
        cast(p.uren as double) / cast(a.uren_totaal as double) * cast(b.deeltijdfactor as double)
        as decimal(12, 6)
    ) as fte,
    2 * p.uren_bevoegd > p.uren as bevoegd,
    b.functiegroep,
    b.functiegroep = 'ondersteunend' as ondersteunend,
    b.aard = 1 as vast,
    b.geslacht,
    b.leeftijd,
    c.persoon is not null as gekoppeld,
    coalesce(c.niveau, 'onbekend') as opleidingsniveau,
    coalesce(c.richting, 'onbekend') as opleidingsrichting,
    k.geeft_avo,
    k.geeft_overig
from per_profiel p
join ref.profielen s on s.schrijfwijze = p.profiel
join alle_lessen a on a.schooljaar = p.schooljaar and a.persoon = p.persoon
join ook k on k.schooljaar = p.schooljaar and k.persoon = p.persoon
left join betrekkingen b on b.schooljaar = p.schooljaar and b.persoon = p.persoon and b.nummer = 1
left join cbs c on c.persoon = p.persoon
