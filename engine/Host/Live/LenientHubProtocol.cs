using System.Buffers;
using System.Diagnostics.CodeAnalysis;

using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;

namespace Switchboard.Host.Live;

/// <summary>SignalR's JSON protocol in which trailing arguments may be left out (<c>subscribe(types)</c>) and are then null.</summary>
internal sealed class LenientHubProtocol(IOptions<JsonHubProtocolOptions> options) : IHubProtocol
{
    private readonly JsonHubProtocol json = new(options);

    public string Name => json.Name;

    public int Version => json.Version;

    public TransferFormat TransferFormat => json.TransferFormat;

    public bool IsVersionSupported(int version) => json.IsVersionSupported(version);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => json.GetMessageBytes(message);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => json.WriteMessage(message, output);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        var start = input;
        if (!json.TryParseMessage(ref input, binder, out message))
            return false;
        if (message is not InvocationBindingFailureMessage failure)
            return true;
        var expected = binder.GetParameterTypes(failure.Target);
        for (var count = expected.Count - 1; count > 0; count--)
        {
            var again = start;
            if (json.TryParseMessage(ref again, new FirstArguments(binder, count), out var shorter)
                && shorter is InvocationMessage { Arguments: { } given } call)
            {
                message = new InvocationMessage(
                    call.InvocationId, call.Target, [.. given, .. new object?[expected.Count - count]], call.StreamIds)
                {
                    Headers = call.Headers,
                };
                return true;
            }
        }
        return true;
    }

    private sealed class FirstArguments(IInvocationBinder binder, int count) : IInvocationBinder
    {
        public Type GetReturnType(string invocationId) => binder.GetReturnType(invocationId);

        public Type GetStreamItemType(string streamId) => binder.GetStreamItemType(streamId);

        public IReadOnlyList<Type> GetParameterTypes(string methodName) => [.. binder.GetParameterTypes(methodName).Take(count)];
    }
}
