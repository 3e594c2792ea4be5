using System.Text.Json.Nodes;
using Npgsql;
using Switchboard.Data;
using Switchboard.Data.Records;

namespace Switchboard.Runtime.Operations;

/// <summary>
/// Work that takes longer than a request may: a row that survives the process. It is a working copy of that row; whoever
/// changes it commits it fenced by its version.
/// </summary>
public sealed class Operation
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    internal const string SelectList =
        "tenant_id, id, kind, status, done, total, request, result, problem, cancel_requested, lease_until, node, created_by, created_at, updated_at, version, is_paused";

    public required Guid TenantId { get; init; }

    public required Guid Id { get; init; }

    /// <summary>The name of an <see cref="OperationKind"/>.</summary>
    public required string Kind { get; init; }

    public string Status { get; set; } = Queued;

    public long Done { get; set; }

    /// <summary>Null while nobody has counted.</summary>
    public long? Total { get; set; }

    /// <summary>What the kind needs to run, and to run again after a crash.</summary>
    public JsonObject Request { get; set; } = [];

    /// <summary>How far it has come; the answer once it has succeeded.</summary>
    public JsonObject? Result { get; set; }

    /// <summary><c>{code, detail, status}</c> of a failure.</summary>
    public JsonObject? Problem { get; set; }

    public bool CancelRequested { get; set; }

    /// <summary>Nobody takes it up, and whoever works on it puts it back into the queue, until somebody resumes it.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Until when <see cref="Node"/> alone may work on it; null for nobody.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    public string? Node { get; set; }

    public Guid? CreatedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }

    public long Version { get; set; } = 1;

    public bool IsOver => Status is Succeeded or Failed or Cancelled;

    public static Operation New(Guid tenantId, string kind, JsonObject request, Guid? createdBy, DateTimeOffset now) => new()
    {
        TenantId = tenantId,
        Id = Guid.CreateVersion7(now),
        Kind = kind,
        Request = request,
        CreatedBy = createdBy,
        CreatedAt = FieldText.Microseconds(now),
        UpdatedAt = FieldText.Microseconds(now),
    };

    /// <summary>The row for <see cref="SystemTables.Operations"/>.</summary>
    public object?[] ToRow() =>
    [
        TenantId, Id, Kind, Status, Done, Total, Request.ToJsonString(), Result?.ToJsonString(), Problem?.ToJsonString(), CancelRequested,
        LeaseUntil, Node, CreatedBy, CreatedAt, UpdatedAt, Version, IsPaused,
    ];

    /// <summary>What a client sees: <c>{id, kind, status, progress, result?, problem?}</c>.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["id"] = Id.ToString(),
            ["kind"] = Kind,
            ["status"] = Status,
            ["progress"] = new JsonObject { ["done"] = Done, ["total"] = Total },
            ["result"] = Result?.DeepClone(),
            ["cancelRequested"] = CancelRequested,
            ["isPaused"] = IsPaused,
            ["createdBy"] = CreatedBy?.ToString(),
            ["createdAt"] = FieldText.Format(CreatedAt),
            ["updatedAt"] = FieldText.Format(UpdatedAt),
        };
        if (Problem is not null)
            json["problem"] = Problem.DeepClone();
        return json;
    }

    internal static Operation Read(NpgsqlDataReader reader) => new()
    {
        TenantId = reader.GetGuid(0),
        Id = reader.GetGuid(1),
        Kind = reader.GetString(2),
        Status = reader.GetString(3),
        Done = reader.GetInt64(4),
        Total = reader.IsDBNull(5) ? null : reader.GetInt64(5),
        Request = Object(reader, 6) ?? [],
        Result = Object(reader, 7),
        Problem = Object(reader, 8),
        CancelRequested = reader.GetBoolean(9),
        LeaseUntil = reader.IsDBNull(10) ? null : reader.GetFieldValue<DateTimeOffset>(10),
        Node = reader.IsDBNull(11) ? null : reader.GetString(11),
        CreatedBy = reader.IsDBNull(12) ? null : reader.GetGuid(12),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(13),
        UpdatedAt = reader.GetFieldValue<DateTimeOffset>(14),
        Version = reader.GetInt64(15),
        IsPaused = reader.GetBoolean(16),
    };

    private static JsonObject? Object(NpgsqlDataReader reader, int at) =>
        reader.IsDBNull(at) ? null : JsonNode.Parse(reader.GetString(at)) as JsonObject;
}
