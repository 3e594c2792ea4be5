-- Who uses what among artefacts. New table and a new index on artefacts, a small table: no lock that anybody notices.

-- One row a place in a published version that names another artefact or a record's field. A version is immutable, and so
-- are its rows; which of them count follows from which versions do.
create table artefact_references (
    tenant_id uuid not null,
    id uuid not null,
    artefact_id uuid not null,
    kind text not null,
    key text not null,
    number int not null,
    target_kind text not null,
    target_key text not null,
    place text not null,
    constraint artefact_references_pkey primary key (tenant_id, id),
    constraint artefact_references_artefact_id_fkey foreign key (tenant_id, artefact_id)
        references artefacts (tenant_id, id) on delete cascade
);
create index artefact_references_artefact_id_idx on artefact_references (tenant_id, artefact_id);
create index artefact_references_target_idx on artefact_references (tenant_id, target_kind, target_key);

-- What every node asks every second: which versions are new.
create index artefacts_published_at_idx on artefacts (published_at) where number is not null;

select guard_tenant_table('artefact_references', append_only => true);
