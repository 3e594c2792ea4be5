using System.Text.Json.Nodes;

using FluentAssertions;

using FsCheck;
using FsCheck.Fluent;

using Switchboard.Data.Commit;

using Xunit;

namespace Switchboard.Data.Tests.Commit;

public sealed class StorableTextTests
{
    [Fact]
    public void A_json_document_keeps_all_but_the_character_that_cannot_be_stored() =>
        Prop.ForAll<NonNull<string>[]>(any =>
        {
            string[] texts = [.. any.Select(text => new string([.. text.Get.Where(letter => !char.IsSurrogate(letter))]) + "\0\\u0000\\\0\\\\u0000\"")];
            var json = new JsonArray([.. texts.Select(text => new JsonObject { [text] = text })]).ToJsonString();

            var stored = JsonNode.Parse(StorableText.OfJson(json))!.AsArray().Select(node => node!.AsObject().Single());

            stored.Select(member => (member.Key, (string)member.Value!)).Should()
                .Equal(texts.Select(text => text.Replace('\0', '\uFFFD')).Select(text => (text, text)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_text_shows_where_it_was() => StorableText.Of("a\0b").Should().Be("a\uFFFDb");

    [Fact]
    public void What_is_storable_is_not_copied()
    {
        const string json = """{"a":"b"}""";

        StorableText.OfJson(json).Should().BeSameAs(json);
        StorableText.Of(json).Should().BeSameAs(json);
    }
}
