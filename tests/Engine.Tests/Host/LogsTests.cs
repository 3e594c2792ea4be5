using System.Text.Json;

using FluentAssertions;

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

using Switchboard.Host;

using Xunit;

namespace Switchboard.Engine.Tests.Host;

public sealed class LogsTests
{
    [Fact]
    public void An_entry_is_one_line_of_JSON_with_its_values()
    {
        var line = Json("Operation {Operation} took {Elapsed} ms", "42", 7);

        line.GetProperty("level").GetString().Should().Be("warning");
        line.GetProperty("category").GetString().Should().Be("test");
        line.GetProperty("message").GetString().Should().Be("Operation 42 took 7 ms");
        line.GetProperty("Operation").GetString().Should().Be("42");
        line.GetProperty("at").GetString().Should().MatchRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$");
    }

    [Theory]
    [InlineData("{DisplayName} has signed in", "Ada Lovelace")]
    [InlineData("{Email} has signed in", "ada at example")]
    [InlineData("the secret is {Password}", "hunter2")]
    [InlineData("UPN {Upn}", "ada.lovelace")]
    public void A_value_that_is_called_like_a_personal_field_is_left_out(string template, string value) =>
        Line("json", null, template, value).Should().NotContain(value).And.Contain("***");

    [Theory]
    [InlineData("user ada.lovelace+x@mail.example failed", "ada")]
    [InlineData("duplicate key (upn)=(jürgen@bücher.example)", "jürgen")]
    [InlineData("number +14155550100 is taken", "4155550100")]
    [InlineData("number +1 (415) 555-0100 is taken", "555")]
    [InlineData("number +49 30 901820 is taken", "901820")]
    public void What_looks_like_an_address_or_a_number_is_masked_wherever_it_stands(string text, string personal)
    {
        foreach (var format in new[] { "json", "text" })
        {
            Line(format, null, "{What}", text).Should().NotContain(personal).And.Contain("***");
            Line(format, new InvalidOperationException(text), "it failed").Should().NotContain(personal).And.Contain("***");
        }
    }

    [Theory]
    [InlineData("0d3f6e1a-7b5c-7cc1-9d21-000000000001")]
    [InlineData("2026-11-21T06:00:00+00:00")]
    [InlineData("after 1234567890 ms")]
    public void What_is_no_person_stays_readable(string text) => Line("json", null, "{What}", text).Should().Contain(text);

    [Fact]
    public void Line_breaks_in_values_do_not_forge_lines() =>
        Line("json", null, "{What}", "one\n{\"level\":\"critical\"}").TrimEnd('\n').Should().NotContain("\n");

    private static JsonElement Json(string template, params object?[] values) => JsonDocument.Parse(Line("json", null, template, values)).RootElement;

    private static string Line(string format, Exception? exception, string template, params object?[] values)
    {
        var lines = new LogLines(Options.Create(new LogLineOptions { IsJson = format == "json" }));
        using var output = new StringWriter();
        var catcher = new Catcher(lines, output);
#pragma warning disable CA2254 // the template is what is tested
        catcher.Log(LogLevel.Warning, exception, template, values);
#pragma warning restore CA2254
        return output.ToString();
    }

    /// <summary>The framework makes the state of an entry from a template; this hands it on to the formatter.</summary>
    private sealed class Catcher(LogLines lines, TextWriter output) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Write(new LogEntry<TState>(logLevel, "test", eventId, state, exception, formatter), null, output);
    }
}
