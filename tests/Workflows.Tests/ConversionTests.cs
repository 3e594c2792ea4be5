using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Workflows.Activities.Workflows;
using Switchboard.Workflows.Expressions;

using Xunit;

namespace Switchboard.Workflows.Tests;

public sealed class ConversionTests
{
    [Fact]
    public void Values_become_the_types_that_activities_ask_for()
    {
        Conversion.To<string>(JsonValue.Create(5)).Should().Be("5");
        Conversion.To<string>(JsonValue.Create(true)).Should().Be("True");
        Conversion.To<string>(new JsonArray(1)).Should().Be("[1]");
        Conversion.To<string>(JsonNode.Parse("\"a\\u00e4\"")).Should().Be("aä");
        Conversion.To<int>(JsonValue.Create("41")).Should().Be(41);
        Conversion.To<int>(JsonNode.Parse("41.0")).Should().Be(41);
        Conversion.To<long>(JsonValue.Create(7)).Should().Be(7);
        Conversion.To<decimal>(JsonValue.Create("1.5")).Should().Be(1.5m);
        Conversion.To<double>(JsonValue.Create("1e3")).Should().Be(1000);
        Conversion.To<bool>(JsonValue.Create("True")).Should().BeTrue();
        Conversion.To<bool>(JsonValue.Create(0)).Should().BeFalse();
        Conversion.To<bool>(JsonValue.Create("")).Should().BeFalse();
        Conversion.To<int?>(JsonValue.Create("")).Should().BeNull();
        Conversion.To<int?>(JsonValue.Create("3")).Should().Be(3);
        Conversion.To<TimeSpan>(JsonValue.Create("00:05:00")).Should().Be(TimeSpan.FromMinutes(5));
        Conversion.To<TimeSpan>(JsonValue.Create("P1DT2H")).Should().Be(TimeSpan.FromHours(26));
        Conversion.To<DateTimeOffset>(JsonValue.Create("2026-01-02")).Should().Be(new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero));
        Conversion.To<DateTimeOffset>(JsonValue.Create("2026-01-02T03:04:05+02:00")).Should().Be(new DateTimeOffset(2026, 1, 2, 1, 4, 5, TimeSpan.Zero));
        Conversion.To<Guid>(JsonValue.Create("0199aaaa-0000-7000-8000-000000000001")).Should().NotBeEmpty();
        Conversion.To<ForkJoinMode>(JsonValue.Create("waitany")).Should().Be(ForkJoinMode.WaitAny);
        Conversion.To<string[]>(JsonValue.Create("one")).Should().Equal("one");
        Conversion.To<string[]>(JsonValue.Create("""["a", "b"]""")).Should().Equal("a", "b");
        Conversion.To<JsonObject>(JsonValue.Create("""{"a":1}"""))!["a"]!.GetValue<int>().Should().Be(1);
        Conversion.To<Dictionary<string, int>>(JsonNode.Parse("""{"a":1}""")).Should().Equal(new Dictionary<string, int> { ["a"] = 1 });
        Conversion.To<JsonNode>(null).Should().BeNull();
    }

    [Theory]
    [InlineData("Int32", "many")]
    [InlineData("Boolean", "perhaps")]
    [InlineData("Guid", "x")]
    [InlineData("DateTimeOffset", "soon")]
    [InlineData("TimeSpan", "long")]
    [InlineData("Int64", "1e40")]
    public void What_cannot_be_converted_says_what_it_is(string alias, string text)
    {
        var convert = () => Conversion.ToAlias(alias, false, JsonValue.Create(text));
        convert.Should().Throw<ActivityException>().Where(e => e.Code == "conversion_failed" && e.Message.Contains(text));
    }

    [Theory]
    [InlineData("String", "5", "\"5\"")]
    [InlineData("Int32", "\"5\"", "5")]
    [InlineData("Double", "\"0.5\"", "0.5")]
    [InlineData("Decimal", "\"12.50\"", "12.50")]
    [InlineData("Boolean", "\"true\"", "true")]
    [InlineData("JSON", "\"{\\\"a\\\":1}\"", "{\"a\":1}")]
    [InlineData("Object", "\"{}\"", "\"{}\"")]
    [InlineData("Acme.Money", "{\"a\":1}", "{\"a\":1}")]
    [InlineData("Int32?", "\"\"", "null")]
    [InlineData("String[]", "\"a\"", "[\"a\"]")]
    public void Values_become_the_declared_type_of_a_variable(string alias, string json, string expected) =>
        (Conversion.ToAlias(alias, false, JsonNode.Parse(json))?.ToJsonString() ?? "null").Should().Be(expected);

    [Fact]
    public void Lists_of_a_type_are_converted_item_by_item() =>
        Conversion.ToAlias("Int32", true, JsonNode.Parse("""["1", 2]"""))!.ToJsonString().Should().Be("[1,2]");
}
