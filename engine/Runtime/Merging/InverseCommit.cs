using System.Text.Json.Nodes;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Runtime.Operations;

namespace Switchboard.Runtime.Merging;

/// <summary>Commits what takes a merge or a deletion back, and says who was in the way.</summary>
internal static class InverseCommit
{
    private const int MostAttempts = 20;

    /// <param name="what">Is taken back.</param>
    /// <param name="apply">The whole of it in one transaction; called for every attempt. Its operation is the answer.</param>
    /// <exception cref="ProblemException">409 <c>changed_since</c>; 409 <c>changed_too_often</c>.</exception>
    public static async Task<Operation> RunAsync(
        BulkWriter bulk, string what, Func<BulkTransaction, CancellationToken, Task<Operation>> apply, CancellationToken ct)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            Operation? undone = null;
            try
            {
                var result = await bulk.CommitAsync(async (transaction, ct) =>
                {
                    undone = await apply(transaction, ct);
                    return true;
                }, ct);
                if (result == StepOutcome.Committed)
                    return undone!;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation)
            {
                throw InverseSteps.ChangedSince(what, [new JsonObject { ["type"] = e.TableName?.Replace('_', '-'), ["reason"] = e.ConstraintName }]);
            }
        }
        throw new ProblemException(409, "changed_too_often", "The records are being changed by others all the time: try again.");
    }

    /// <summary>Adds to the step that the operation says from now on when it was undone.</summary>
    public static async Task<Operation> EndAsync(OperationStore operations, Step step, Operation operation, DateTimeOffset at, CancellationToken ct)
    {
        var undone = await operations.GetAsync(operation.TenantId, operation.Id, ct) ?? operation;
        (undone.Result ??= [])["undoneAt"] = FieldText.Format(FieldText.Microseconds(at));
        operations.Update(step, undone);
        return undone;
    }
}
