using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Switchboard.Workflows.Execution;

/// <summary>By this a stimulus finds the bookmarks and triggers that wait for it.</summary>
public static class StimulusHash
{
    /// <summary>SHA-256 of name and payload in upper-case hex; members of the payload that are null do not count.</summary>
    /// <param name="name">The stimulus, as <c>Elsa.Event</c>.</param>
    /// <param name="payload">What it is about, with PascalCase members, as <c>{"EventName": "OrderPaid"}</c>.</param>
    public static string Of(string name, JsonObject? payload)
    {
        var text = new StringBuilder(name).Append('|').Append('{');
        foreach (var (key, value) in payload ?? [])
        {
            if (value is null)
                continue;
            if (text[^1] != '{')
                text.Append(',');
            text.Append(JsonValue.Create(key).ToJsonString()).Append(':').Append(value.ToJsonString());
        }
        text.Append('}');
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Of an event that <c>Elsa.Event</c> waits for or that starts a workflow.</summary>
    public static string OfEvent(string eventName) => Of("Elsa.Event", new JsonObject { ["EventName"] = eventName });
}
