"""Completions with a tool's text in them, as the chat templates of real models write it."""

from __future__ import annotations

CALL, RESULT, ANSWER = "I ask for it.", r"the tool says \boxed{13}", r"So it is \boxed{7}."

TOOL_TEXTS = {
    "chatml": f"{CALL}<|im_end|>\n<|im_start|>tool\n{RESULT}<|im_end|>\n<|im_start|>assistant\n{ANSWER}",
    "chatml-user": f"{CALL}<|im_end|>\n<|im_start|>user\n<tool_response>\n{RESULT}\n</tool_response>"
    f"<|im_end|>\n<|im_start|>assistant\n{ANSWER}",
    "llama-3": f"{CALL}<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n{RESULT}<|eot_id|>"
    f"<|start_header_id|>assistant<|end_header_id|>\n\n{ANSWER}",
    "harmony": f"<|channel|>analysis<|message|>{CALL}<|end|><|start|>functions.f to=assistant"
    f"<|channel|>commentary<|message|>{RESULT}<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}",
    "gemma": f"{CALL}<end_of_turn>\n<start_of_turn>user\n{RESULT}<end_of_turn>\n"
    f"<start_of_turn>model\n{ANSWER}",
    "gemma-4": f"{CALL}<|tool_response>response:f{{{RESULT}}}<tool_response|>{ANSWER}",
    "glm": f"{CALL}<|observation|>\n<tool_response>\n{RESULT}\n</tool_response><|assistant|>\n{ANSWER}",
    "kimi": f"{CALL}<|im_end|><|im_system|>f<|im_middle|>## Return of f\n{RESULT}<|im_end|>"
    f"<|im_assistant|>assistant<|im_middle|>{ANSWER}",
    "deepseek": f"{CALL}<｜tool▁outputs▁begin｜><｜tool▁output▁begin｜>{RESULT}"
    f"<｜tool▁output▁end｜><｜tool▁outputs▁end｜>{ANSWER}",
    "mistral": f"{CALL}[TOOL_RESULTS]{RESULT}[/TOOL_RESULTS]{ANSWER}",
    "cohere": f"{CALL}<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>{RESULT}<|END_OF_TURN_TOKEN|>"
    f"<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{ANSWER}",
    "granite": f"{CALL}<|end_of_text|>\n<|start_of_role|>tool_response<|end_of_role|>{RESULT}"
    f"<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>{ANSWER}",
    "minimax": f"{CALL}[e~[\n]~b]tool\n<response>{RESULT}</response>[e~[\n]~b]ai\n{ANSWER}",
    "search-r1": f"<search>{CALL}</search>\n\n<information>{RESULT}</information>\n\n{ANSWER}",
    "retool": f"<code>{CALL}</code>\n<interpreter>\n{RESULT}\n</interpreter>\n{ANSWER}",
    "two-results": f"{CALL}<tool_response>{RESULT}</tool_response>\n<tool_response>{RESULT}</tool_response>"
    f"{ANSWER}",
}
