-- Drafts of workflows that somebody ran before publishing them. New table: locks nothing that exists.

-- An instance keeps the text that it began with, whatever becomes of the draft; found by its hash, and never changed.
create table trial_definitions (
    tenant_id uuid not null,
    id uuid not null,
    hash text not null,
    content text not null,
    created_at timestamptz not null,
    constraint trial_definitions_pkey primary key (tenant_id, id),
    constraint trial_definitions_hash_once unique (tenant_id, hash)
);

select guard_tenant_table('trial_definitions', append_only => true);
