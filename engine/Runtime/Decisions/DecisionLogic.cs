using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Domain;
using Switchboard.Rules.Feel;

namespace Switchboard.Runtime.Decisions;

/// <summary>A decision model or a rule set, ready to decide; safe to share between threads.</summary>
public abstract class DecisionLogic
{
    /// <summary>The decisions that can be asked for by name; empty where there is only the whole.</summary>
    public virtual IReadOnlyList<string> Names => [];

    /// <summary>The names of the input that it asks for.</summary>
    /// <param name="decision">Which decision of a model; null for its last.</param>
    public abstract IEnumerable<string> InputsOf(string? decision);

    /// <summary>The same with their types, for who fills them in.</summary>
    public virtual IReadOnlyList<DecisionInput> AskedBy(string? decision) => [.. InputsOf(decision).Select(name => new DecisionInput(name, FeelType.Any.ToString(), null))];

    /// <summary>The inputs of its test cases: something to begin with when it is tried.</summary>
    public virtual IReadOnlyList<DecisionCase> Cases => [];

    /// <summary>What can be said of it without an input.</summary>
    public virtual LogicAnalysis Analyse() => new([], []);

    /// <summary>Decides. Never throws for what an author or a caller may write.</summary>
    public abstract DecisionOutcome Decide(DecisionQuestion question);
}

/// <param name="Type">As FEEL writes it.</param>
/// <param name="Fields">The members of a context, or of the contexts in a list; null for anything else.</param>
public sealed record DecisionInput(string Name, string Type, IReadOnlyList<DecisionInput>? Fields)
{
    public static DecisionInput Of(string name, FeelType type) => new(name, type.ToString(), (type is ListType list ? list.Element : type) is RowType row
        ? [.. row.Shape.Fields.Select(field => new DecisionInput(field.Name, field.Type.ToString(), null))]
        : null);
}

/// <summary>A test case that is stored with it, as far as it can be asked again.</summary>
public sealed record DecisionCase(string Name, string? Decision, JsonNode? Input, JsonNode? Expected);

/// <summary>What an author should look at.</summary>
/// <param name="Limits">What could not be looked at, in sentences.</param>
public sealed record LogicAnalysis(IReadOnlyList<LogicFinding> Findings, IReadOnlyList<string> Limits);

/// <param name="Code"><c>gap, overlap, conflict, unreachable</c> of a table; <c>unreachable, duplicate, shadowed, endless, conflict</c> of rules.</param>
/// <param name="Decision">Whose table it is; null for a rule set.</param>
/// <param name="Rows">The rows of a table, from 1.</param>
/// <param name="Rules">The rules of a set.</param>
/// <param name="Example">The simplest input that shows it; null where none can.</param>
public sealed record LogicFinding(string Code, string? Decision, IReadOnlyList<int> Rows, IReadOnlyList<string> Rules, JsonNode? Example, string Message, int? Line = null);

/// <summary>How much is said of a decision besides its output.</summary>
public enum DecisionDetail
{
    /// <summary>Nothing: for replays, and for decisions that other decisions ask.</summary>
    Output,

    /// <summary>The rows or rules that matched: what is recorded.</summary>
    Matches,

    /// <summary>Also the nearest rows that did not: every row is looked at.</summary>
    NearMisses,
}

/// <summary>What is to be decided.</summary>
/// <param name="Input">By name, as the logic asks for it.</param>
/// <param name="Decision">Which decision of a model; null for its last, the one that no other needs.</param>
/// <param name="Time">The clock that <c>now()</c> and <c>today()</c> read.</param>
/// <param name="Detail">What is said besides the output.</param>
/// <param name="Others">Asks another artefact by its key, from within rules.</param>
public sealed record DecisionQuestion(JsonObject Input, string? Decision, TimeProvider Time, DecisionDetail Detail, Func<string, JsonObject, JsonNode?>? Others = null);

/// <summary>What was decided, and why.</summary>
/// <param name="Matched">The rows or rules, with their bindings and what each gave.</param>
/// <param name="NearMisses">The rows that almost matched, with the cell that failed; null unless it was asked for.</param>
/// <param name="Diagnostics">Why something was null that an author may not have meant.</param>
public sealed record DecisionOutcome(JsonNode? Output, JsonArray Matched, JsonArray? NearMisses, JsonArray Diagnostics)
{
    /// <summary>Why nothing was decided; null when it was.</summary>
    public DecisionProblem? Problem { get; init; }

    public static DecisionOutcome Failed(string code, string detail, params IReadOnlyList<FieldError> errors) =>
        new(null, [], null, []) { Problem = new DecisionProblem(code, detail, errors) };
}

/// <param name="Code"><c>invalid_input, evaluation_budget, cycle_limit, unknown_decision …</c>.</param>
/// <param name="Errors">With pointers into the input.</param>
public sealed record DecisionProblem(string Code, string Detail, IReadOnlyList<FieldError> Errors)
{
    public ProblemException ToException() => new(422, Code, Detail, Errors);
}

/// <summary>A clock that stands, in UTC: a decision has one instant, and its replay has the same.</summary>
public sealed class StandingTime(DateTimeOffset at) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => at;
}
