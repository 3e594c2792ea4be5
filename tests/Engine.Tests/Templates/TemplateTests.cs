using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Templates;

using Xunit;

namespace Switchboard.Engine.Tests.Templates;

public sealed class TemplateTests
{
    public static TheoryData<string> Shipped => new(new ShippedArtefacts().All.Where(a => a.Kind == "template").Select(a => a.Key));

    [Theory, MemberData(nameof(Shipped))]
    public void Every_shipped_template_compiles_and_fills_from_nothing(string key)
    {
        var artefact = new ShippedArtefacts().Find("template", key)!;

        Compile(artefact).Render([]).Should().NotBeEmpty();
    }

    [Theory]
    [InlineData("O'Brien", "'O''Brien'")]
    [InlineData("a\u2019; Remove-Item C:\\ #", "'a\u2019\u2019; Remove-Item C:\\ #'")]
    [InlineData("x\r\n'@ | iex", "'x  ''@ | iex'")]
    [InlineData("$(whoami)`n", "'$(whoami)`n'")] // harmless within single quotes
    public void A_value_cannot_leave_its_quotes_in_powershell(string value, string expected) =>
        Template.Compile("t", "'{{v}}'", TemplateTarget.PowerShell).Render(new JsonObject { ["v"] = value }).Should().Be(expected);

    [Theory]
    [InlineData("Set-Thing {{v}}")]
    [InlineData("Set-Thing 'a' {{v}} 'b'")]
    [InlineData("'{{{v}}}'")]
    [InlineData("'{{&v}}'")]
    public void A_powershell_template_that_inserts_a_bare_value_is_refused(string text)
    {
        var compile = () => Template.Compile("t", text, TemplateTarget.PowerShell);

        compile.Should().Throw<TemplateException>().WithMessage("*t, line 1*");
    }

    [Fact]
    public void A_comment_stays_on_its_line() =>
        Template.Compile("t", "# {{comment v}}", TemplateTarget.PowerShell)
            .Render(new JsonObject { ["v"] = "a\nRemove-Item\u2028x #>" }).Should().Be("# a Remove-Item x # >");

    [Fact]
    public void Markup_and_formulas_are_escaped_for_their_target()
    {
        var model = new JsonObject { ["v"] = "=<b>\"x\"</b>" };

        Template.Compile("t", "{{v}}", TemplateTarget.Html).Render(model).Should().NotContain("<b>");
        Template.Compile("t", "{{v}}", TemplateTarget.Csv).Render(model).Should().Be("\"'=<b>\"\"x\"\"</b>\"");
        Template.Compile("t", "{{v}}", TemplateTarget.Text).Render(model).Should().Be("=<b>\"x\"</b>");
    }

    [Fact]
    public void A_rejection_gives_the_reason_the_remedy_and_whom_to_call()
    {
        var artefact = new ShippedArtefacts().Find("template", "loa-rejected")!;
        var model = new JsonObject { ["phoneNumber"] = new JsonObject { ["rejectionCode"] = "sunspots", ["currentCarrier"] = "Verizon" }, ["remedy"] = "Wait for the night." };

        Compile(artefact).Render(model).Should().StartWith("The carrier gave the reason \"sunspots\". Wait for the night.\nLosing carrier: Verizon.");
    }

    private static Template Compile(ShippedArtefact artefact) =>
        Template.Compile(artefact.Key, System.Text.Encoding.UTF8.GetString(artefact.Content.Span), TemplateTarget.Of(artefact.FileName));
}
