using System.Text.Json.Nodes;
using Npgsql;
using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Data.Transfer;
using Switchboard.Domain;
using Switchboard.Domain.Imports;
using Switchboard.Runtime.Operations;

namespace Switchboard.Runtime.Imports;

/// <summary>Takes a file in: looks at its head, so that what cannot work is refused at once, and stores it with the operation that will read it.</summary>
public sealed class ImportUpload(
    OperationStore store, OperationFiles files, GroupCommitter committer, FieldCatalogue catalogue, ImportMappings mappings, TimeProvider time)
{
    /// <summary>Nobody claims an operation whose file is still arriving; one whose upload died fails after this.</summary>
    private static readonly TimeSpan UploadLease = TimeSpan.FromMinutes(10);

    /// <summary>So often it is tried to remember the mapping beside other imports of such files; then the import begins without.</summary>
    private const int MostTries = 5;

    private static readonly RecordType BatchType = RecordTypes.Of<ImportBatch>();

    /// <param name="file">Seekable.</param>
    /// <param name="wanted">The type, the file's name and the options; the rest is filled in here.</param>
    /// <param name="permit">Throws when the caller may not write one of the columns' fields.</param>
    /// <param name="also">Adds to the step with which the operation begins: an idempotency key.</param>
    /// <returns>The operation, durable and waiting for its turn.</returns>
    /// <exception cref="ProblemException">422: the file is no table, or its columns do not fit the type.</exception>
    public async Task<Operation> StartAsync(
        Guid tenantId, Stream file, ImportRequest wanted, Action<ColumnMapping>? permit, Action<Step, Operation>? also, CancellationToken ct)
    {
        if (!wanted.Type.Writable)
            throw new ProblemException(422, "not_importable", $"Records of type {wanted.Type.Name} are made by the service itself and cannot be imported.");
        var (header, request) = await InspectAsync(tenantId, file, wanted, permit, ct);
        var now = time.GetUtcNow();
        var operation = Operation.New(tenantId, ImportOperation.KindName, request.ToJson(), request.ActorId, now);
        operation.LeaseUntil = now + UploadLease;
        var begin = new Step(tenantId);
        begin.Insert(SystemTables.Operations, operation.ToRow());
        await committer.CommitAsync(begin, ct);

        file.Position = 0;
        var parts = await files.WriteAsync(tenantId, operation.Id, ImportOperation.SourceFile, "application/octet-stream", file, ct);
        operation.Request = (request with { Parts = parts }).ToJson();
        operation.LeaseUntil = null;
        var (read, errors) = (operation.Version, await new RefusedRows(header).HeaderAsync(ct));
        for (var tries = request is { DryRun: false, Mapping: not null } ? MostTries : 0; ; tries--)
        {
            operation.Version = read;
            var ready = new Step(tenantId);
            store.Update(ready, operation);
            store.Announce(ready);
            files.Add(ready, operation.Id, ImportOperation.ErrorFile, "text/csv", 0, errors);
            RecordChanges.Create(ready, BatchType, BatchOf(request, operation), request.Change(now) with { Action = "", BatchId = null });
            if (tries > 0)
                await mappings.RememberAsync(ready, request.Type.Name, header, request.Mapping!, ct);
            also?.Invoke(ready, operation);
            if (await IsCommittedAsync(ready, ct))
                return operation;
            if (tries == 0)
                throw new ProblemException(503, "upload_too_slow", "The upload took so long that it was given up. Send the file again.", extensions: new JsonObject { ["retryAfter"] = 1 });
        }
    }

    private async Task<bool> IsCommittedAsync(Step step, CancellationToken ct)
    {
        try
        {
            return await committer.CommitAsync(step, ct) == StepOutcome.Committed;
        }
        catch (PostgresException e) when (e.ConstraintName == ImportMappings.OneAtATime)
        {
            return false; // another import's mapping is there now
        }
    }

    private async Task<(IReadOnlyList<string> Header, ImportRequest Request)> InspectAsync(
        Guid tenantId, Stream file, ImportRequest wanted, Action<ColumnMapping>? permit, CancellationToken ct)
    {
        var custom = await catalogue.OfAsync(tenantId, wanted.Type, ct);
        using var table = SourceTable.Open(file, wanted.Source);
        var mapping = ColumnMapping.Of(wanted.Type, custom, table.Header, wanted.Mapping);
        permit?.Invoke(mapping);
        return (table.Header, wanted with { Warnings = table.Warnings, IgnoredColumns = mapping.Ignored });
    }

    private static ImportBatch BatchOf(ImportRequest request, Operation operation) => new()
    {
        Id = request.BatchId,
        RecordType = request.Type.Name,
        FileName = request.FileName,
        DryRun = request.DryRun,
        Status = "running",
        Mapping = request.Mapping,
        OperationId = operation.Id,
        CreatedById = request.ActorId,
    };
}
