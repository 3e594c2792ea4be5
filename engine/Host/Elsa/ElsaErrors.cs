using System.Diagnostics;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Domain;
using Switchboard.Host.Api;
using Switchboard.Workflows;

namespace Switchboard.Host.Elsa;

/// <summary>
/// Refusals in the shape of Elsa's server: <c>{statusCode, message, errors: {place: [texts]}}</c>. Studio shows every text
/// under <c>errors</c>; the place is the path of the activity.
/// </summary>
internal sealed class ElsaErrors : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (ProblemException e)
        {
            return Of(e);
        }
        catch (ActivityException e)
        {
            return Of(new ProblemException(400, e.Code, e.Message));
        }
    }

    /// <summary>Elsa knows no 422 and no 409: what cannot be done with a definition is a 400.</summary>
    public static Answer Of(ProblemException problem)
    {
        var status = problem.Status is 409 or 412 or 422 ? 400 : problem.Status;
        var errors = new JsonObject();
        foreach (var error in problem.Errors)
        {
            var place = error.Field.Length == 0 ? "generalErrors" : error.Field;
            if (errors[place] is not JsonArray texts)
                errors[place] = texts = [];
            texts.Add(error.Detail);
        }
        if (errors.Count == 0)
            errors["generalErrors"] = new JsonArray(problem.Detail);
        return Answer.Of(new JsonObject
        {
            ["statusCode"] = status,
            ["message"] = problem.Detail,
            ["code"] = problem.Code,
            ["errors"] = errors,
            ["traceId"] = Activity.Current?.TraceId.ToHexString(),
        }, status);
    }

    public static ProblemException NotFound(string what) => new(404, "not_found", what);

    /// <summary>A body or query that cannot be what the caller means.</summary>
    public static ProblemException Invalid(string place, string text) => new(400, "invalid_value", text, [new FieldError(place, "invalid_value", text)]);
}
