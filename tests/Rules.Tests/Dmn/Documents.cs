using System.Security;

using Switchboard.Rules.Dmn;
using Switchboard.Rules.Feel;

namespace Switchboard.Rules.Tests.Dmn;

/// <summary>Writes the documents that the tests read, so that a test shows only what it is about.</summary>
internal static class Documents
{
    public const string Namespace = "https://www.omg.org/spec/DMN/20230324/MODEL/";

    /// <summary>A model with the given content.</summary>
    public static string Model(string content, string dmn = Namespace) => $"<definitions xmlns=\"{dmn}\" name=\"model\" namespace=\"urn:model\">{content}</definitions>";

    /// <summary>A model with one decision, `d`, whose logic is a table over the given inputs.</summary>
    /// <param name="hitPolicy">Attributes of the table.</param>
    /// <param name="inputs">Names and types.</param>
    /// <param name="outputs">Names, and their output values where they have some.</param>
    /// <param name="rows">The cells of each row, inputs first, separated by bars.</param>
    public static string Table(string hitPolicy, (string Name, string Type)[] inputs, (string Name, string? Values)[] outputs, params string[] rows)
    {
        var data = string.Concat(inputs.Select(input => $"<inputData id=\"{input.Name}\" name=\"{input.Name}\"><variable name=\"{input.Name}\" typeRef=\"{input.Type}\"/></inputData>"));
        var requirements = string.Concat(inputs.Select(input => $"<informationRequirement><requiredInput href=\"#{input.Name}\"/></informationRequirement>"));
        var columns = string.Concat(inputs.Select(input => $"<input><inputExpression typeRef=\"{input.Type}\"><text>{input.Name}</text></inputExpression></input>"));
        var results = string.Concat(outputs.Select(output => $"<output name=\"{output.Name}\">{(output.Values is null ? "" : $"<outputValues><text>{output.Values}</text></outputValues>")}</output>"));
        return Model($"{data}\n<decision id=\"d\" name=\"d\"><variable name=\"d\"/>{requirements}\n<decisionTable {hitPolicy}>{columns}{results}\n{string.Join('\n', rows.Select((row, i) => Rule(row, i, inputs.Length)))}</decisionTable></decision>");
    }

    public static FeelContext Input(params (string Name, FeelValue Value)[] entries) => new FeelRow(
        new RowShape("input", [.. entries.Select(entry => new RowField(entry.Name, FeelType.Any))]), [.. entries.Select(entry => entry.Value)]);

    public static FeelRun Run() => new(TimeProvider.System);

    public static DecisionResult Decide(string xml, params (string Name, FeelValue Value)[] input)
    {
        var model = DmnModel.Parse(xml);
        return model.Problems.Count == 0 ? model.Evaluate("d", Input(input), Run()) : throw new InvalidOperationException(model.Problems[0].Message);
    }

    public static FeelValue Number(decimal value) => FeelValue.Of(value);

    public static FeelValue Text(string value) => FeelValue.Of(value);

    private static string Rule(string row, int number, int inputs)
    {
        var cells = row.Split('|', StringSplitOptions.TrimEntries);
        var entries = cells.Select((cell, i) => $"<{(i < inputs ? "inputEntry" : "outputEntry")}><text>{SecurityElement.Escape(cell)}</text></{(i < inputs ? "inputEntry" : "outputEntry")}>");
        return $"<rule id=\"r{number + 1}\">{string.Concat(entries)}</rule>";
    }
}
