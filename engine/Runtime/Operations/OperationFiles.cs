using System.Runtime.CompilerServices;
using Npgsql;
using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;

namespace Switchboard.Runtime.Operations;

/// <summary>Files that an operation reads and writes, kept in the database in parts, so that every node and every later process has them.</summary>
public sealed class OperationFiles(Database database, GroupCommitter committer, TimeProvider time)
{
    /// <summary>Small enough to pass through a shared commit without holding up the others.</summary>
    private const int PartBytes = 256 << 10;

    /// <summary>Stores a stream part by part; it is complete when this returns, and whoever reads it must know that from elsewhere.</summary>
    /// <returns>How many parts there are.</returns>
    public async Task<int> WriteAsync(Guid tenantId, Guid operationId, string name, string contentType, Stream content, CancellationToken ct)
    {
        var buffer = new byte[PartBytes];
        for (var part = 0; ; part++)
        {
            var length = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
            if (length == 0)
                return part;
            var step = new Step(tenantId);
            Add(step, operationId, name, contentType, part, buffer[..length]);
            await committer.CommitAsync(step, ct);
        }
    }

    /// <summary>One part as a row of a step that has more to say.</summary>
    public void Add(Step step, Guid operationId, string name, string contentType, int part, byte[] content)
    {
        var now = FieldText.Microseconds(time.GetUtcNow());
        step.Insert(SystemTables.OperationFiles, step.TenantId, Guid.CreateVersion7(now), operationId, name, contentType, part, content, now);
    }

    /// <summary>The parts in order, one in memory at a time.</summary>
    public async IAsyncEnumerable<byte[]> ReadAsync(Guid tenantId, Guid operationId, string name, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var transaction = await database.BeginAsync(tenantId, ct);
        await using var command = new NpgsqlCommand(
            "select content from operation_files where operation_id = $1 and name = $2 order by part", transaction.Connection)
        {
            Parameters = { new() { Value = operationId }, new() { Value = name } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            yield return reader.GetFieldValue<byte[]>(0);
    }

    /// <summary>Copies a file to a temporary one of this node, which is gone when the stream is closed.</summary>
    public async Task<FileStream> SpoolAsync(Guid tenantId, Guid operationId, string name, CancellationToken ct)
    {
        var spool = TemporaryFile();
        try
        {
            await foreach (var part in ReadAsync(tenantId, operationId, name, ct))
                await spool.WriteAsync(part, ct);
            spool.Position = 0;
            return spool;
        }
        catch
        {
            await spool.DisposeAsync();
            throw;
        }
    }

    public static FileStream TemporaryFile()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose,
            BufferSize = 1 << 16,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), options);
    }
}
