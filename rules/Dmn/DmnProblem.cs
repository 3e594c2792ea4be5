namespace Switchboard.Rules.Dmn;

/// <summary>How bad a problem of a model is.</summary>
public enum DmnSeverity
{
    /// <summary>It works, but probably not as meant.</summary>
    Warning,

    /// <summary>What it stands on gives null; the model must not be published.</summary>
    Error,
}

/// <summary>What is wrong with a model, and where.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Code">Stable, snake_case.</param>
/// <param name="Message">For the author, with the names and texts concerned.</param>
/// <param name="Line">In the XML, from 1; 0 where it has no place.</param>
/// <param name="Column">In the XML, from 1.</param>
/// <param name="ElementId">The id of the nearest element that has one.</param>
/// <param name="Row">The row of a decision table, from 1; null elsewhere.</param>
/// <param name="TableColumn">The name of the table's column: its label, expression or output name.</param>
public sealed record DmnProblem(
    DmnSeverity Severity, string Code, string Message, int Line, int Column, string? ElementId = null, int? Row = null, string? TableColumn = null);

/// <summary>Collects the problems of a model while it is read. At most 200 are kept: a broken export has thousands.</summary>
internal sealed class ProblemList
{
    private const int Limit = 200;
    private readonly List<DmnProblem> problems = [];

    public IReadOnlyList<DmnProblem> All => problems;

    public void Error(string code, string message, DmnElement at, int? row = null, string? column = null) =>
        Add(new DmnProblem(DmnSeverity.Error, code, message, at.Line, at.Column, at.NearestId, row, column));

    public void Warn(string code, string message, DmnElement at, int? row = null, string? column = null) =>
        Add(new DmnProblem(DmnSeverity.Warning, code, message, at.Line, at.Column, at.NearestId, row, column));

    public void Add(DmnProblem problem)
    {
        if (problems.Count < Limit)
            problems.Add(problem);
    }
}
