using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using FluentAssertions;

namespace Switchboard.Engine.Tests.Http;

/// <summary>SignalR's JSON protocol by hand: a handshake, then messages that end with the record separator.</summary>
internal sealed class HubSocket : IAsyncDisposable
{
    private const char Separator = '\u001e';

    private readonly ClientWebSocket socket = new();
    private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
    private readonly Queue<string> messages = new();
    private readonly StringBuilder partial = new();

    public static async Task<HubSocket> OpenAsync(ApiHost host, HttpClient caller, string path)
    {
        var hub = new HubSocket();
        var token = Uri.EscapeDataString(caller.DefaultRequestHeaders.Authorization!.Parameter!);
        await hub.socket.ConnectAsync(new Uri($"ws://{host.Address.Authority}{path}?access_token={token}"), hub.patience.Token);
        await hub.SendAsync("""{"protocol":"json","version":1}""");
        (await hub.MessageAsync()).Should().Be("{}", "the handshake succeeds");
        return hub;
    }

    /// <summary>Without asking for an answer.</summary>
    public Task SayAsync(string target, params object[] arguments) => SendAsync(JsonSerializer.Serialize(new { type = 1, target, arguments }));

    /// <returns>The error that the hub answered with; null when there was none.</returns>
    public async Task<string?> InvokeAsync(string target, params object[] arguments)
    {
        await SendAsync(JsonSerializer.Serialize(new { type = 1, invocationId = "1", target, arguments }));
        var early = new List<string>(); // messages may come before the answer
        while (true)
        {
            var text = await MessageAsync();
            var message = JsonNode.Parse(text)!;
            if ((int)message["type"]! != 3)
            {
                early.Add(text);
                continue;
            }
            early.AddRange(messages);
            messages.Clear();
            early.ForEach(messages.Enqueue);
            return (string?)message["error"];
        }
    }

    /// <summary>The argument of the next message of that name that is what the caller waits for.</summary>
    public async Task<JsonObject> NextAsync(string target, Func<JsonObject, bool> wanted)
    {
        while (true)
        {
            var message = JsonNode.Parse(await MessageAsync())!;
            if ((int)message["type"]! == 1 && (string)message["target"]! == target && message["arguments"]![0] is JsonObject told && wanted(told))
                return told;
        }
    }

    public ValueTask DisposeAsync()
    {
        socket.Abort();
        socket.Dispose();
        patience.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task SendAsync(string message) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(message + Separator), WebSocketMessageType.Text, endOfMessage: true, patience.Token);

    private async Task<string> MessageAsync()
    {
        var buffer = new byte[16 << 10];
        while (messages.Count == 0)
        {
            var received = await socket.ReceiveAsync(buffer, patience.Token);
            partial.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
            var parts = partial.ToString().Split(Separator);
            foreach (var message in parts[..^1])
                messages.Enqueue(message);
            partial.Clear().Append(parts[^1]);
        }
        return messages.Dequeue();
    }
}
