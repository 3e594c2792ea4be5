using Switchboard.Data.Commit;

using static NpgsqlTypes.NpgsqlDbType;

namespace Switchboard.Data;

// The tables of Migrations/0006_artefact_references.sql and 0007_decisions.sql; the artefacts themselves came with 0002.
public static partial class SystemTables
{
    public static readonly Table ArtefactReferences = Of(
        "artefact_references", 110,
        ("artefact_id", Uuid), ("kind", Text), ("key", Text), ("number", Integer), ("target_kind", Text), ("target_key", Text), ("place", Text));

    /// <summary>Append-only. The id carries the instant of <c>at</c>, which chooses the partition.</summary>
    public static readonly Table Decisions = Of(
        "decisions", 790,
        ("kind", Text), ("key", Text), ("number", Integer), ("hash", Text), ("decision", Text), ("input", Jsonb), ("output", Jsonb),
        ("matched", Jsonb), ("diagnostics", Jsonb), ("problem", Jsonb), ("cause", Jsonb), ("at", TimestampTz));
}
