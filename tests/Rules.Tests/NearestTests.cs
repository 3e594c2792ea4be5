using FluentAssertions;

using Xunit;

namespace Switchboard.Rules.Tests;

public sealed class NearestTests
{
    private static readonly string[] Known = ["priority", "Remedy", "dueAt", "number"];

    [Theory]
    [InlineData("remdy", "Remedy")]
    [InlineData("REMEDY", "Remedy")]
    [InlineData("dueTa", "dueAt")]
    [InlineData("umnber", "number")]
    [InlineData("xyz", null)]
    public void A_name_that_is_near_enough_is_meant(string written, string? meant) => Nearest.To(written, Known).Should().Be(meant);

    [Theory]
    [InlineData("prio", "priority")]
    [InlineData("xyz", "dueAt")]
    [InlineData("numbers", "number")]
    public void The_nearest_is_given_however_far_it_is(string written, string nearest) => Nearest.Of(written, Known).Should().Be(nearest);

    [Fact]
    public void Of_none_there_is_no_nearest() => Nearest.Of("a", []).Should().BeNull();
}
