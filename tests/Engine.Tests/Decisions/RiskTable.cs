namespace Switchboard.Engine.Tests.Decisions;

/// <summary>A small decision table as DMN: the risk of an amount.</summary>
internal static class RiskTable
{
    /// <summary>high from a threshold on, else low.</summary>
    /// <param name="second">The test of the second row, instead of what the first leaves.</param>
    /// <param name="expected">Of the stored test case of 50; null for a table without one.</param>
    public static string Of(int threshold = 10, string? second = null, string? expected = "high") => $"""
        <definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:sb="urn:switchboard:rules" id="d" name="d" namespace="urn:test">
          <extensionElements><sb:tests>{(expected is null ? "" : $"<sb:test name=\"much is high\" decision=\"Risk\"><sb:input>{{amount: 50}}</sb:input><sb:expected>\"{expected}\"</sb:expected></sb:test>")}</sb:tests></extensionElements>
          <inputData id="amount" name="amount"><variable name="amount" typeRef="number"/></inputData>
          <decision id="risk" name="Risk"><variable name="Risk" typeRef="string"/>
            <informationRequirement><requiredInput href="#amount"/></informationRequirement>
            <decisionTable hitPolicy="UNIQUE">
              <input id="i" label="Amount"><inputExpression typeRef="number"><text>amount</text></inputExpression></input>
              <output id="o" typeRef="string"/>
              <rule id="r1"><inputEntry><text>&lt; {threshold}</text></inputEntry><outputEntry><text>"low"</text></outputEntry></rule>
              <rule id="r2"><inputEntry><text>{second ?? $"&gt;= {threshold}"}</text></inputEntry><outputEntry><text>"high"</text></outputEntry></rule>
            </decisionTable>
          </decision>
        </definitions>
        """;
}
