using System.Buffers;
using System.Text.Json;

namespace Conpot.Pi.Events.Sinks;

/// <summary>The retained message on a sensor's status topic: whether it is there, and since when.</summary>
internal static class MqttStatus
{
    public static byte[] Online(string sensor, string device, DateTimeOffset since) => Of("online", sensor, device, json =>
    {
        json.WriteString("version", SinkProduct.Version);
        json.WriteString("since", since.UtcDateTime);
    });

    /// <param name="reason">"lost", as the will says when nobody took leave; "stopped" when the sensor did.</param>
    public static byte[] Offline(string sensor, string device, string reason) => Of("offline", sensor, device, json => json.WriteString("reason", reason));

    private static byte[] Of(string state, string sensor, string device, Action<Utf8JsonWriter> more)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("state", state);
            json.WriteString("name", sensor);
            json.WriteString("device", device);
            more(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
