using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Domain;
using Switchboard.Host.Identity;
using Switchboard.Rules.Feel;
using Switchboard.Rules.Feel.Compilation;
using Switchboard.Rules.Feel.Functions;
using Switchboard.Rules.Feel.Syntax;

namespace Switchboard.Host.Api;

/// <summary>What an editor asks while somebody writes FEEL. Nothing of it is kept or evaluated.</summary>
internal static class FeelEndpoints
{
    private const int MostLetters = 20_000;
    private const int MostNames = 1_000;

    public static void MapFeel(this IEndpointRouteBuilder api)
    {
        var feel = api.MapGroup("/feel").WithTags("Artefacts");
        feel.MapGet("/functions", Functions).RequirePermission("artefacts:read").WithSummary("The functions that every expression can call, one item a way to call it")
            .WithMetadata(new Shape(Response: "Items"));
        feel.MapPost("/check", Check).RequirePermission("artefacts:read").WithSummary("What is wrong with an expression, and where: {expression, names?}; names are the variables that it may use")
            .WithMetadata(new Shape("Object", "Object"));
    }

    private static Answer Functions() => Answer.Of(new JsonObject
    {
        ["items"] = new JsonArray([.. BuiltIns.Describe().Select(signature => (JsonNode)new JsonObject { ["name"] = signature[..signature.IndexOf('(', StringComparison.Ordinal)], ["signature"] = signature })]),
        ["next"] = null,
    });

    private static async Task<IResult> Check(HttpContext http, CancellationToken ct)
    {
        var body = (await RequestBody.ReadAsync(http, ct)).Object;
        if ((body["expression"] as JsonValue)?.TryGetValue<string>(out var expression) != true || expression!.Length > MostLetters)
            throw ProblemException.Invalid([new FieldError("expression", "invalid_value", $"expression must be a text of at most {MostLetters} characters.")]);
        var names = NamesOf(body["names"]);
        var checkedOne = FeelExpression.Parse(expression, FeelScope.Empty.With(names.Select(name => (name, FeelType.Any))));
        return Answer.Of(new JsonObject
        {
            ["problems"] = new JsonArray([.. checkedOne.Problems.Select(problem => (JsonNode)new JsonObject
            {
                ["severity"] = problem.IsError ? "error" : "warning",
                ["code"] = problem.Code,
                ["message"] = problem.Message,
                ["line"] = problem.Line,
                ["column"] = problem.Column,
                ["length"] = problem.Span.Length,
            })]),
        });
    }

    private static List<string> NamesOf(JsonNode? node)
    {
        if (node is null)
            return [];
        var names = new List<string>();
        foreach (var item in node as JsonArray ?? [null])
        {
            if ((item as JsonValue)?.TryGetValue<string>(out var name) != true || names.Count == MostNames)
                throw ProblemException.Invalid([new FieldError("names", "invalid_value", $"names must be a list of at most {MostNames} texts.")]);
            if (name!.Trim().Length > 0)
                names.Add(name);
        }
        return names;
    }
}
