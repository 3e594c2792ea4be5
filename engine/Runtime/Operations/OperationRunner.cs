using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Switchboard.Data;
using Switchboard.Data.Commit;

namespace Switchboard.Runtime.Operations;

/// <summary>Takes operations that nobody works on and runs them, until the host stops; what is not over by then, goes on elsewhere or after the restart.</summary>
public sealed class OperationRunner(
    OperationStore store,
    IEnumerable<OperationKind> kinds,
    GroupCommitter committer,
    BulkWriter bulk,
    OperationOptions options,
    TimeProvider time,
    ILogger<OperationRunner> log) : BackgroundService
{
    private readonly Dictionary<string, OperationKind> byName = kinds.ToDictionary(kind => kind.Name);

    private readonly SemaphoreSlim wake = new(0);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        options.Validate();
        store.Ready += Wake;
        var started = time.GetUtcNow();
        var running = new List<Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            running.RemoveAll(task => task.IsCompleted);
            var claimed = running.Count < options.AtOnce ? await ClaimAsync(started, stoppingToken) : null;
            if (claimed is not null)
            {
                running.Add(RunAsync(claimed, stoppingToken));
                continue;
            }
            await WaitAsync(stoppingToken);
        }
        store.Ready -= Wake;
        await Task.WhenAll(running);
    }

    private void Wake() => wake.Release();

    private async Task WaitAsync(CancellationToken ct)
    {
        using var timer = time.CreateTimer(_ => Wake(), null, options.Look, Timeout.InfiniteTimeSpan);
        await wake.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (wake.Wait(0, CancellationToken.None))
        {
            // One look serves all signals that have come so far.
        }
    }

    private async Task<Operation?> ClaimAsync(DateTimeOffset started, CancellationToken ct)
    {
        try
        {
            return await store.ClaimAsync(options.Node, options.Lease, started, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return null;
        }
        catch (NpgsqlException e)
        {
            log.LogWarning(e, "Operations cannot be read now; looking again in {Look}.", options.Look);
            return null;
        }
    }

    private async Task RunAsync(Operation operation, CancellationToken stopping)
    {
        await Task.Yield();
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var heartbeat = KeepAsync(operation, lost);
        var run = new OperationRun(operation, store, committer, bulk, options, time);
        try
        {
            await RunAsync(run, lost.Token);
        }
        catch (OperationPausedException)
        {
            await ReleaseAsync(operation);
        }
        catch (OperationLostException)
        {
            log.LogWarning("Operation {Operation} was taken over by another run.", operation.Id);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested)
        {
            if (stopping.IsCancellationRequested)
                await ReleaseAsync(operation);
        }
        catch (Exception e) when (e is NpgsqlException or CommitException)
        {
            // The database's trouble, not the operation's: whoever comes after the lease goes on with it.
            log.LogError(e, "Operation {Operation} ({Kind}) is left to be tried again.", operation.Id, operation.Kind);
        }
        catch (Exception e)
        {
            log.LogError(e, "Operation {Operation} ({Kind}) could not be ended as its kind wants; it ends as failed.", operation.Id, operation.Kind);
            await FailAsync(run, stopping);
        }
        finally
        {
            await lost.CancelAsync();
            await heartbeat;
            Wake();
        }
    }

    private async Task RunAsync(OperationRun run, CancellationToken ct)
    {
        if (!byName.TryGetValue(run.Operation.Kind, out var kind))
        {
            await EndAsync(run, null, Operation.Failed, ProblemOf(500, "unknown_kind", $"This version does not know operations of kind {run.Operation.Kind}."), ct);
            return;
        }
        try
        {
            run.ThrowIfStopped();
            await kind.RunAsync(run, ct);
            await EndAsync(run, kind, Operation.Succeeded, null, ct);
        }
        catch (OperationCancelledException)
        {
            await EndAsync(run, kind, Operation.Cancelled, null, ct);
        }
        catch (ProblemException e)
        {
            var problem = ProblemOf(e.Status, e.Code, e.Detail);
            if (e.Errors.Count > 0)
            {
                problem["errors"] = new JsonArray([.. e.Errors.Select(error => (JsonNode)new JsonObject
                {
                    ["pointer"] = "/" + error.Field, ["code"] = error.Code, ["detail"] = error.Detail,
                })]);
            }
            await EndAsync(run, kind, Operation.Failed, problem, ct);
        }
        catch (Exception e) when (e is not (OperationCanceledException or OperationLostException or OperationPausedException or NpgsqlException or CommitException))
        {
            log.LogError(e, "Operation {Operation} ({Kind}) failed.", run.Operation.Id, run.Operation.Kind);
            await EndAsync(run, kind, Operation.Failed, ProblemOf(500, "internal_error", "The operation failed because of a fault in the service; its log has the details."), ct);
        }
    }

    private static async Task EndAsync(OperationRun run, OperationKind? kind, string status, JsonObject? problem, CancellationToken ct)
    {
        while (true)
        {
            var step = new Step(run.TenantId);
            if (kind is not null)
                await kind.EndAsync(run, step, status, ct);
            run.Operation.Status = status;
            run.Operation.Problem = problem;
            run.Operation.LeaseUntil = null;
            run.Operation.IsPaused = false;
            try
            {
                if (await run.CommitAsync(step, isLarge: false, ct))
                    return;
            }
            catch (Exception e) when (e is OperationCancelledException or OperationPausedException)
            {
                // It came too late: all is done but the saying so, and the next turn says it.
            }
        }
    }

    /// <summary>Without the kind, whose fault it is: an operation that nobody can end would be tried for ever.</summary>
    private async Task FailAsync(OperationRun run, CancellationToken ct)
    {
        try
        {
            await EndAsync(run, null, Operation.Failed, ProblemOf(500, "internal_error", "The operation failed because of a fault in the service; its log has the details."), ct);
        }
        catch (Exception e) when (e is NpgsqlException or CommitException or OperationLostException or OperationCanceledException or InvalidOperationException)
        {
            log.LogError(e, "Operation {Operation} could not be ended; it is tried again after its lease.", run.Operation.Id);
        }
    }

    private static JsonObject ProblemOf(int status, string code, string detail) =>
        new() { ["type"] = $"/problems/{code}", ["title"] = code.Replace('_', ' '), ["status"] = status, ["code"] = code, ["detail"] = detail };

    private async Task KeepAsync(Operation operation, CancellationTokenSource lost)
    {
        var renewed = time.GetUtcNow();
        while (!lost.IsCancellationRequested)
        {
            await Task.Delay(options.Heartbeat, time, lost.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (lost.IsCancellationRequested)
                return;
            try
            {
                if (!await store.HeartbeatAsync(operation, options.Node, options.Lease, lost.Token))
                    await lost.CancelAsync();
                renewed = time.GetUtcNow();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "The lease of operation {Operation} could not be renewed.", operation.Id);
                if (time.GetUtcNow() - renewed > options.Lease)
                    await lost.CancelAsync();
            }
        }
    }

    private async Task ReleaseAsync(Operation operation)
    {
        try
        {
            await store.ReleaseAsync(operation, options.Node, CancellationToken.None);
        }
        catch (NpgsqlException e)
        {
            log.LogWarning(e, "Operation {Operation} could not be given back; it is free when its lease ends.", operation.Id);
        }
    }

    public override void Dispose()
    {
        wake.Dispose();
        base.Dispose();
    }
}

public static class OperationsModule
{
    /// <summary>Kinds are registered beside it, as <see cref="OperationKind"/>.</summary>
    public static IServiceCollection AddOperations(this IServiceCollection services, OperationOptions? options = null) => services
        .AddSingleton(options ?? new OperationOptions())
        .AddSingleton<OperationStore>()
        .AddSingleton<OperationFiles>()
        .AddHostedService<OperationRunner>();
}
