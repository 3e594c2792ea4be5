using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Domain.Webhooks;

using Xunit;

namespace Switchboard.Domain.Tests.Webhooks;

public sealed class WebhookTests
{
    [Theory]
    [InlineData("https://receiver.example/hook?x=1", true)]
    [InlineData(" https://receiver.example ", true)]
    [InlineData("http://localhost:9/", true)]
    [InlineData("http://10.0.0.7/", true)]
    [InlineData("http://[::1]/", true)]
    [InlineData("http://receiver/", true)]
    [InlineData("http://receiver.internal/", true)]
    [InlineData("http://receiver.example/", false)]
    [InlineData("http://internal.example/", false)]
    [InlineData("https://user@receiver.example/", false)]
    [InlineData("https://receiver.example/#part", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("receiver.example", false)]
    public void An_address_is_one_that_can_be_sent_to_or_not(string url, bool isGood) =>
        new Webhook { Url = url }.Problems().Should().HaveCount(isGood ? 0 : 1);

    [Theory]
    [InlineData("""["*"]""", true)]
    [InlineData("""["phone-numbers.updated", "phone_number.*"]""", true)]
    [InlineData("""["phone-numbers*"]""", false)]
    [InlineData("""["*.updated"]""", false)]
    [InlineData("""[""]""", false)]
    [InlineData("""[]""", false)]
    [InlineData("""{}""", false)]
    public void Types_are_names_or_their_beginnings(string types, bool isGood) =>
        new Webhook { Url = "https://receiver.example", Types = RecordAssertions.Json(types) }.Problems().Should().HaveCount(isGood ? 0 : 1);

    [Fact]
    public void Without_types_it_wants_everything() => new Webhook().Types.Should().BeOfType<JsonArray>().Which.ToJsonString().Should().Be("""["*"]""");

    [Fact]
    public void One_that_is_switched_on_again_forgets_why_it_was_off()
    {
        var webhook = new Webhook { Url = "https://receiver.example", Enabled = true, DisabledReason = "gone", DisabledAt = DateTimeOffset.UnixEpoch };

        webhook.Problems().Should().BeEmpty();

        webhook.DisabledReason.Should().BeNull();
        webhook.DisabledAt.Should().BeNull();
    }
}
