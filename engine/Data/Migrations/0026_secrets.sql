-- Values that workflows send and nobody reads. A new table only, so nothing that runs waits for a lock. It is out of reach
-- of switchboard_app, as credentials are.
create table secrets (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    display_name text not null,
    description text,
    type_name text not null,
    scope text,
    value bytea not null, -- sealed with the keys of data_protection_keys
    number int not null, -- rises with every value that it is given
    is_revoked boolean not null,
    expires_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null,
    constraint secrets_pkey primary key (tenant_id, id),
    constraint secrets_name_once unique (tenant_id, name),
    constraint secrets_type_known check (type_name in ('text', 'rsa-key', 'x509-certificate'))
);
select guard_tenant_table('secrets');
revoke all on secrets from switchboard_app;
