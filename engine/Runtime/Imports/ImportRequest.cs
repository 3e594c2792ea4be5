using System.Text.Json.Nodes;
using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Data.Transfer;
using Switchboard.Domain;

namespace Switchboard.Runtime.Imports;

public sealed class ImportOptions
{
    /// <summary>Rows of one file. Default 2,000,000; the set that finds rows twice takes about 40 bytes for each.</summary>
    public int MostRows { get; set; } = 2_000_000;

    /// <summary>Rows of one transaction: what is lost of an import when the process dies, and how often it can be cancelled. Default 2,000.</summary>
    public int ChunkRows { get; set; } = 2_000;

    /// <summary>Characters of one transaction, for files with long cells. Default 4,000,000.</summary>
    public int ChunkChars { get; set; } = 4_000_000;

    public void Validate()
    {
        if (MostRows < 1 || ChunkRows < 1 || ChunkChars < 1)
            throw new InvalidOperationException($"Imports: MostRows ({MostRows}), ChunkRows ({ChunkRows}) and ChunkChars ({ChunkChars}) must be positive.");
    }
}

/// <summary>What an import was asked to do; the request of its operation.</summary>
public sealed record ImportRequest
{
    public required RecordType Type { get; init; }

    public required string FileName { get; init; }

    public bool DryRun { get; init; }

    /// <summary>Column → field, or an object with the field and what is done with the cells first; null to go by name.</summary>
    public JsonObject? Mapping { get; init; }

    public ExistingRecords Existing { get; init; }

    /// <summary>Nothing is written of a file that has a row which cannot be.</summary>
    public bool AllOrNothing { get; init; }

    public SourceOptions Source { get; init; } = new();

    /// <summary>Id of the <c>import-batches</c> record.</summary>
    public required Guid BatchId { get; init; }

    public Guid? ActorId { get; init; }

    public required string Actor { get; init; }

    public string? TraceId { get; init; }

    /// <summary>What was found in the file's head and is part of the result.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public IReadOnlyList<string> IgnoredColumns { get; init; } = [];

    /// <summary>Of the stored file; null until all of it has arrived.</summary>
    public int? Parts { get; init; }

    public ChangeContext Change(DateTimeOffset at) => new(ActorId, Actor, "import", at) { BatchId = BatchId, TraceId = TraceId };

    public JsonObject ToJson() => new()
    {
        ["recordType"] = Type.Name,
        ["fileName"] = FileName,
        ["dryRun"] = DryRun,
        ["mapping"] = Mapping?.DeepClone(),
        ["existing"] = Existing == ExistingRecords.Skip ? "skip" : "update",
        ["allOrNothing"] = AllOrNothing,
        ["encoding"] = Source.Encoding,
        ["delimiter"] = Source.Delimiter?.ToString(),
        ["sheet"] = Source.Sheet,
        ["batchId"] = BatchId.ToString(),
        ["actorId"] = ActorId?.ToString(),
        ["actor"] = Actor,
        ["traceId"] = TraceId,
        ["warnings"] = List(Warnings),
        ["ignoredColumns"] = List(IgnoredColumns),
        ["parts"] = Parts,
    };

    public static ImportRequest Read(JsonObject json) => new()
    {
        Type = RecordTypes.Find((string)json["recordType"]!) ?? throw new ProblemException(422, "unknown_type", $"This version has no records of type {json["recordType"]}."),
        FileName = (string)json["fileName"]!,
        DryRun = (bool)json["dryRun"]!,
        Mapping = json["mapping"]?.DeepClone() as JsonObject,
        Existing = (string?)json["existing"] == "skip" ? ExistingRecords.Skip : ExistingRecords.Update,
        AllOrNothing = (bool?)json["allOrNothing"] ?? false,
        Source = new SourceOptions
        {
            Encoding = (string?)json["encoding"],
            Delimiter = ((string?)json["delimiter"])?[0],
            Sheet = (string?)json["sheet"],
        },
        BatchId = Guid.Parse((string)json["batchId"]!),
        ActorId = (string?)json["actorId"] is { } actor ? Guid.Parse(actor) : null,
        Actor = (string)json["actor"]!,
        TraceId = (string?)json["traceId"],
        Warnings = [.. (json["warnings"] as JsonArray ?? []).Select(text => (string)text!)],
        IgnoredColumns = [.. (json["ignoredColumns"] as JsonArray ?? []).Select(text => (string)text!)],
        Parts = (int?)json["parts"],
    };

    internal static JsonArray List(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];
}

/// <summary>How far an import has come: kept in the operation's result, so that it is committed together with the rows it counts.</summary>
internal sealed class ImportCounts
{
    public long Created { get; set; }

    public long Updated { get; set; }

    public long Skipped { get; set; }

    public long Failed { get; set; }

    public SortedDictionary<string, long> FailedByCode { get; } = new(StringComparer.Ordinal);

    /// <summary>Every row was tried and found good, and the rows are now being written; only where all or nothing is to be.</summary>
    public bool Checked { get; set; }

    /// <summary>Parts of the error file that are written, the header included.</summary>
    public int ErrorParts { get; set; } = 1;

    public static ImportCounts Read(JsonObject? result)
    {
        var counts = new ImportCounts();
        if (result is null)
            return counts;
        counts.Created = Number(result, "created");
        counts.Updated = Number(result, "updated");
        counts.Skipped = Number(result, "skipped");
        counts.Failed = Number(result, "failed");
        counts.Checked = (bool?)result["checked"] ?? false;
        counts.ErrorParts = (int)Math.Max(1, Number(result, "errorParts"));
        foreach (var (code, count) in result["failedByCode"] as JsonObject ?? [])
            counts.FailedByCode[code] = (long)count!;
        return counts;
    }

    /// <summary>After a trial: what would have been written, was not.</summary>
    public void PassOver()
    {
        Skipped += Created + Updated;
        (Created, Updated) = (0, 0);
    }

    public JsonObject ToJson(ImportRequest request) => new()
    {
        ["batchId"] = request.BatchId.ToString(),
        ["dryRun"] = request.DryRun,
        ["checked"] = request.AllOrNothing ? Checked : null,
        ["created"] = Created,
        ["updated"] = Updated,
        ["skipped"] = Skipped,
        ["failed"] = Failed,
        ["failedByCode"] = ByCode(),
        ["warnings"] = ImportRequest.List(request.Warnings),
        ["ignoredColumns"] = ImportRequest.List(request.IgnoredColumns),
        ["errors"] = $"/api/import-batches/{request.BatchId}/errors",
        ["errorParts"] = (long)ErrorParts, // as all counts: a value in memory converts to no other type
    };

    public JsonObject ByCode()
    {
        var json = new JsonObject();
        foreach (var (code, count) in FailedByCode)
            json[code] = count;
        return json;
    }

    private static long Number(JsonObject result, string name) => (long?)result[name] ?? 0;
}
