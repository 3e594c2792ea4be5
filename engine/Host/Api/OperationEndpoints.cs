using Switchboard.Data;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Operations;

namespace Switchboard.Host.Api;

/// <summary>Long work: how far it is, and its end.</summary>
internal static class OperationEndpoints
{
    public static void MapOperations(this IEndpointRouteBuilder api)
    {
        var operations = api.MapGroup("/operations/{id:guid}").WithTags("Operations");
        operations.MapGet("", Get).RequireSignIn().WithSummary("An operation that the caller has started; operations:read shows all")
            .WithMetadata(new Shape(Response: "Operation"));
        operations.MapPost("/cancel", Cancel).RequireSignIn().WithSummary("Stops an operation where it can; what is done stays. Others' need operations:cancel")
            .WithMetadata(new Shape(null, "Operation", 202));
    }

    /// <summary>202 with where to ask.</summary>
    public static Answer Accepted(Operation operation) =>
        Answer.Of(operation.ToJson(), StatusCodes.Status202Accepted) with { Location = $"/api/operations/{operation.Id}" };

    private static async Task<IResult> Get(Guid id, HttpContext http, OperationStore operations, CancellationToken ct) =>
        Answer.Of((await FindAsync(id, "operations:read", http, operations, ct)).ToJson());

    private static async Task<IResult> Cancel(Guid id, HttpContext http, OperationStore operations, CancellationToken ct)
    {
        await FindAsync(id, "operations:cancel", http, operations, ct);
        return Accepted(await operations.CancelAsync(http.Caller().TenantId, id, ct) ?? throw NotFound(id));
    }

    /// <summary>Others' operations are as unknown as none, unless the caller holds the permission.</summary>
    private static async Task<Operation> FindAsync(Guid id, string permission, HttpContext http, OperationStore operations, CancellationToken ct)
    {
        var caller = http.Caller();
        var operation = await operations.GetAsync(caller.TenantId, id, ct);
        return operation is not null && (operation.CreatedBy == caller.UserId || caller.Permissions.Allows(permission)) ? operation : throw NotFound(id);
    }

    private static ProblemException NotFound(Guid id) => new(404, "not_found", $"There is no operation {id}.");
}
